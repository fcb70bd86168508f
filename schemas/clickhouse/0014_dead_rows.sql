-- Rows of a backfill that are no posts and no values, each with the reason. What
-- comes through Kafka has the topic of dead letters for that.
-- cluster: every node
CREATE TABLE IF NOT EXISTS dead_rows
(
    run    LowCardinality(String),
    source String COMMENT 'a file, or topic/partition',
    number Int64 COMMENT 'which row of the file, from 1, or the offset in the partition',
    reason LowCardinality(String),
    detail String COMMENT 'the reason in a sentence' CODEC(ZSTD(3)),
    length UInt64 COMMENT 'bytes of the row',
    sha256 String COMMENT 'of the row',
    value  String COMMENT 'its first bytes' CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY run
ORDER BY (run, source, number)
SETTINGS non_replicated_deduplication_window = 20000;
