-- Values of business series (orders, refunds, returns, tickets ...) beside the
-- posts. Every accepted value is a row; of several for one moment the one that
-- came last holds, which view business_latest picks.
-- cluster: shard by cityHash64(brand)
CREATE TABLE IF NOT EXISTS business_values
(
    run              LowCardinality(String),
    brand            LowCardinality(String) COMMENT 'id in the config',
    series           LowCardinality(String) COMMENT 'orders, refunds ...',
    sku              String COMMENT 'empty = the whole brand' CODEC(ZSTD(1)),
    at               DateTime64(3, 'UTC') COMMENT 'begin of what was counted' CODEC(Delta, ZSTD(1)),
    day              DateTime('UTC') COMMENT 'begin of its day in the configured timezone' CODEC(Delta, ZSTD(1)),
    value            Float64 CODEC(ZSTD(1)),
    late             Bool COMMENT 'its step was decided before it came',
    ingested_at      DateTime64(3, 'UTC') COMMENT 'time of the source record' CODEC(Delta, ZSTD(1)),
    source_topic     LowCardinality(String),
    source_partition Int32 CODEC(T64, ZSTD(1)),
    source_offset    Int64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY (run, toYear(at))
ORDER BY (run, brand, series, sku, at)
TTL toDateTime(ingested_at) + INTERVAL 1100 DAY DELETE WHERE run = 'live'
SETTINGS non_replicated_deduplication_window = 20000;

-- One row per (run, brand, series, sku, at): the value that came last.
CREATE VIEW IF NOT EXISTS business_latest AS
SELECT
    run,
    brand,
    series,
    sku,
    at,
    v.day                                                                   AS day,
    argMax(v.value, (v.ingested_at, v.source_partition, v.source_offset))   AS value
FROM business_values AS v
GROUP BY run, brand, series, sku, at, day;

-- One row per (run, brand, series, sku, grain, bucket), as trends has it for
-- mentions. The whole brand (sku = '') is what was sent without a product; in a
-- bucket without such a value it is the sum over the products.
CREATE VIEW IF NOT EXISTS business AS
SELECT
    run,
    brand,
    of                                                                AS sku,
    series,
    grain,
    bucket,
    if(countIf(of = part) > 0, sumIf(latest, of = part), sum(latest)) AS value
FROM
(
    SELECT
        run,
        brand,
        series,
        b.sku   AS part,
        b.value AS latest,
        arrayJoin(if(b.sku = '', [''], [b.sku, ''])) AS of,
        arrayJoin([('1m', toDateTime(toStartOfMinute(b.at), 'UTC')), ('1h', toDateTime(toStartOfHour(b.at), 'UTC')), ('1d', b.day)]) AS slot,
        slot.1  AS grain,
        slot.2  AS bucket
    FROM business_latest AS b
)
GROUP BY run, brand, of, series, grain, bucket;
