-- The account of every record read, as counts to be added up.
-- cluster: every node
CREATE TABLE IF NOT EXISTS intake_log
(
    run              LowCardinality(String),
    source_topic     LowCardinality(String),
    source_epoch     UInt32,
    source_partition Int32,
    outcome          Enum8('stored' = 1, 'unattributed' = 2, 'duplicate' = 3, 'dead' = 4),
    reason           LowCardinality(String) COMMENT 'of dead records',
    count            UInt64
)
ENGINE = SummingMergeTree(count)
PARTITION BY run
ORDER BY (run, source_topic, source_epoch, source_partition, outcome, reason)
SETTINGS non_replicated_deduplication_window = 20000;

-- The account by source and reason; the sum of rows is what was read.
CREATE VIEW IF NOT EXISTS intake AS
SELECT
    run,
    source_topic AS source,
    outcome,
    reason,
    sum(count)   AS rows
FROM intake_log
GROUP BY run, source, outcome, reason;

-- One row per run and source, with read = stored + unattributed + duplicates + dead.
CREATE VIEW IF NOT EXISTS intake_totals AS
SELECT
    run,
    source_topic                           AS source,
    sum(count)                             AS read,
    sumIf(count, outcome = 'stored')       AS stored,
    sumIf(count, outcome = 'unattributed') AS unattributed,
    sumIf(count, outcome = 'duplicate')    AS duplicates,
    sumIf(count, outcome = 'dead')         AS dead
FROM intake_log
GROUP BY run, source;

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
