-- The trends, laid out for the questions that are asked of them: a partition is a
-- month of one grain, and in it whole brands stand before products, and either week
-- by week, so that a question about all brands reads no product, one about days
-- reads no minutes, and one about a week of hours reads two weeks at most. A month
-- that is over is merged into one part a grain: questions about quarters and years
-- read a few rows of each week, and little else, because granules and what is
-- compressed at a time are small.
-- The index ends before the bucket: with it, a condition on time would be held
-- against the bucket, which stands last, and not against the week.
-- Products are most of the rows; their text is read faster under LZ4, and views
-- that rank them group by a number, in two thirds of the time of brand and sku.
--
-- Counts to be added up: the pipeline inserts what a range of the log adds to a
-- bucket, merges sum the rows of a key, and view trends sums what is not merged
-- yet. All columns but spam and late leave spam out; late mentions are in.
-- Map columns need sumMap as their function: SummingMergeTree would keep the
-- map of one row and lose the others.
-- cluster: shard by cityHash64(brand)
CREATE TABLE IF NOT EXISTS trend_buckets
(
    run             LowCardinality(String),
    brand           LowCardinality(String),
    sku             String COMMENT 'empty = the whole brand' CODEC(LZ4),
    product         UInt64 MATERIALIZED if(sku = '', 0, cityHash64(brand, sku)) COMMENT 'hash of brand and sku, 0 = the whole brand' CODEC(ZSTD(1)),
    grain           Enum8('1m' = 1, '1h' = 2, '1d' = 3),
    bucket          DateTime('UTC') COMMENT 'begin of the bucket; days begin in the configured timezone' CODEC(Delta, ZSTD(1)),
    mentions        SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    complaints      SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    negative        SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    neutral         SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    positive        SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    spam            SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    late            SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    duplicates      SimpleAggregateFunction(sum, UInt64) COMMENT 'mentions with duplicate_of: near-duplicates' CODEC(T64, ZSTD(1)),
    reach           SimpleAggregateFunction(sum, UInt64) COMMENT 'sum of followers' CODEC(T64, ZSTD(1)),
    likes           SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    reposts         SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    comments        SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    sentiment_sum   SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
    complaint_types SimpleAggregateFunction(sumMap, Map(String, UInt64)) COMMENT 'mentions by complaint type' CODEC(ZSTD(1)),
    channels        SimpleAggregateFunction(sumMap, Map(String, UInt64)) COMMENT 'mentions by channel' CODEC(ZSTD(1)),
    ingested_at     SimpleAggregateFunction(max, DateTime('UTC')) DEFAULT now() COMMENT 'of the newest row, for retention'
)
ENGINE = AggregatingMergeTree
PARTITION BY (run, grain, toYYYYMM(bucket))
PRIMARY KEY (run, grain, sku != '', toMonday(bucket), brand, sku)
ORDER BY (run, grain, sku != '', toMonday(bucket), brand, sku, bucket)
TTL ingested_at + INTERVAL 1100 DAY DELETE WHERE run = 'live'
SETTINGS index_granularity = 2048, min_compress_block_size = 16384, max_compress_block_size = 65536,
    non_replicated_deduplication_window = 20000, min_age_to_force_merge_seconds = 21600,
    min_age_to_force_merge_on_partition_only = 1;

-- One row per (run, brand, sku, grain, bucket) at any moment, without FINAL.
CREATE VIEW IF NOT EXISTS trends AS
SELECT
    run,
    brand,
    sku,
    grain,
    bucket,
    sum(r.mentions)           AS mentions,
    sum(r.complaints)         AS complaints,
    sum(r.negative)           AS negative,
    sum(r.neutral)            AS neutral,
    sum(r.positive)           AS positive,
    if(mentions = 0, 0, negative / mentions) AS negative_share,
    sum(r.spam)               AS spam,
    sum(r.late)               AS late,
    sum(r.duplicates)         AS duplicates,
    sum(r.reach)              AS reach,
    sum(r.likes)              AS likes,
    sum(r.reposts)            AS reposts,
    sum(r.comments)           AS comments,
    sum(r.sentiment_sum)      AS sentiment_sum,
    sumMap(r.complaint_types) AS complaint_types,
    sumMap(r.channels)        AS channels
FROM trend_buckets AS r
GROUP BY run, brand, sku, grain, bucket;
