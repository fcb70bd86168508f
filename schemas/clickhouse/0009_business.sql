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

-- section: Business beside the posts
-- view business_trend: A business series of a brand or product beside what people say of it.
-- Complaints and negative count the posts of the same bucket.
-- default: run=live sku= grain=1h from=-7d to=newest
-- example: brand=BRAND series=orders grain=1d from=-14d
CREATE VIEW IF NOT EXISTS business_trend AS
SELECT
    bucket,
    sum(v)  AS value,
    sum(m)  AS mentions,
    sum(c)  AS complaints,
    sum(n)  AS negative
FROM
(
    SELECT bucket, b.value AS v, 0 AS m, 0 AS c, 0 AS n
    FROM business AS b
    WHERE run = {run:String} AND brand = {brand:String} AND series = {series:String} AND sku = {sku:String} AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    UNION ALL
    SELECT bucket, 0 AS v, sum(r.mentions) AS m, sum(r.complaints) AS c, sum(r.negative) AS n
    FROM trend_rollup AS r
    WHERE run = {run:String} AND brand = {brand:String} AND sku = {sku:String} AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    GROUP BY bucket
)
GROUP BY bucket
ORDER BY bucket;

-- view business_before: Every business series of a brand against the stretch before.
-- change is the value over the value before, less one; empty where there was none before.
-- default: run=live sku= from=-7d to=newest
-- example: brand=BRAND from=-7d
CREATE VIEW IF NOT EXISTS business_before AS
SELECT
    series,
    sumIf(b.value, bucket >= {from:DateTime('UTC')})        AS value,
    sumIf(b.value, bucket < {from:DateTime('UTC')})         AS before,
    if(before = 0, NULL, value / before - 1)                AS change
FROM business AS b
WHERE run = {run:String} AND brand = {brand:String} AND sku = {sku:String} AND grain = '1h'
    AND bucket >= {from:DateTime('UTC')} - ({to:DateTime('UTC')} - {from:DateTime('UTC')}) AND bucket < {to:DateTime('UTC')}
GROUP BY series
ORDER BY series;
