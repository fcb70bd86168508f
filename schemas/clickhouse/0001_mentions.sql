-- One row per (run, post, brand, sku). sku = '' means that no SKU is known,
-- primary is 1 on exactly one row of a (run, post, brand), so that figures of a
-- brand count primary rows and figures of a SKU count all rows.
-- A block may hold many months: writers set max_partitions_per_insert_block = 0.
-- Lengths of strings stand beside their bytes, not in a stream of their own, where
-- each takes eight: less to compress for every token, and less on disk.
-- cluster: shard by cityHash64(brand)
CREATE TABLE IF NOT EXISTS mentions
(
    run              LowCardinality(String) COMMENT 'live, or the name of a backfill',
    brand            LowCardinality(String) COMMENT 'id in the config',
    sku              String CODEC(ZSTD(1)),
    primary          Bool,
    channel          LowCardinality(String),
    post_id          String CODEC(ZSTD(1)),
    kind             LowCardinality(String),
    published_at     DateTime64(3, 'UTC') COMMENT 'event time' CODEC(Delta, ZSTD(1)),
    ingested_at      DateTime64(3, 'UTC') COMMENT 'time of the source record' CODEC(Delta, ZSTD(1)),
    late             Bool COMMENT 'its minute was decided before it came',
    text             String CODEC(ZSTD(3)),
    tokens           Array(String) CODEC(ZSTD(1)),
    sentiment        Float32 COMMENT '-1 to 1' CODEC(ZSTD(1)),
    polarity         Enum8('negative' = -1, 'neutral' = 0, 'positive' = 1),
    complaint        Bool,
    complaints       Map(LowCardinality(String), Float32) COMMENT 'types that score at least .5',
    keywords         Array(String) CODEC(ZSTD(1)),
    author_id        String CODEC(ZSTD(1)),
    followers        Int64 CODEC(T64, ZSTD(1)),
    likes            Int64 CODEC(T64, ZSTD(1)),
    reposts          Int64 CODEC(T64, ZSTD(1)),
    comments         Int64 CODEC(T64, ZSTD(1)),
    rating           Float32 COMMENT '1 to 5, 0 = none' CODEC(ZSTD(1)),
    region           LowCardinality(String),
    lang             LowCardinality(String),
    spam             Bool COMMENT 'stored, counted apart, in no detector',
    fingerprint      UInt64 COMMENT 'similarity hash of the text' CODEC(ZSTD(1)),
    duplicate_of     String COMMENT 'post_id of the first near-duplicate, empty = first or alone' CODEC(ZSTD(1)),
    source_topic     LowCardinality(String),
    source_partition Int32 CODEC(T64, ZSTD(1)),
    source_offset    Int64 CODEC(Delta, ZSTD(1)),
    analyzer_version LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY (run, toYYYYMM(published_at))
ORDER BY (run, brand, sku, published_at)
TTL toDateTime(ingested_at) + INTERVAL 400 DAY DELETE WHERE run = 'live'
SETTINGS non_replicated_deduplication_window = 20000, string_serialization_version = 'single_stream';
