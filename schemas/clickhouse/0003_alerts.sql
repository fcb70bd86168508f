-- Every transition as it was inserted. A replay makes the same ids, so that an
-- id may be here twice; view alerts shows the first.
-- cluster: shard by cityHash64(brand)
CREATE TABLE IF NOT EXISTS alert_log
(
    id               String COMMENT 'hash of run, fingerprint, transition and tick; the CloudEvents id',
    incident         String COMMENT 'constant over a lifecycle',
    fingerprint      String COMMENT 'constant over the life of a series',
    run              LowCardinality(String),
    brand            LowCardinality(String),
    brand_name       LowCardinality(String),
    sku              String,
    signal           LowCardinality(String),
    crisis_type      LowCardinality(String),
    state            LowCardinality(String) COMMENT 'firing, escalated, de-escalated, resolved',
    level            LowCardinality(String) COMMENT 'red, orange, yellow, blue',
    severity         Float64 COMMENT '-log10 p',
    at               DateTime64(3, 'UTC') COMMENT 'event time of this transition',
    fired_at         DateTime64(3, 'UTC') COMMENT 'event time of the first firing',
    window_start     DateTime64(3, 'UTC'),
    window_end       DateTime64(3, 'UTC'),
    observed         Float64,
    expected         Float64,
    channels         Array(String),
    learning         Bool,
    suspected_attack Bool,
    evidence         String COMMENT 'JSON' CODEC(ZSTD(3)),
    seq              UInt32 COMMENT 'order among the transitions of one tick',
    inserted_at      DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
PARTITION BY (run, toYear(at))
ORDER BY (run, brand, at, id)
TTL toDateTime(inserted_at) + INTERVAL 1100 DAY DELETE WHERE run = 'live'
SETTINGS non_replicated_deduplication_window = 20000;

-- One row per transition: the first that was published.
CREATE VIEW IF NOT EXISTS alerts AS
SELECT *
FROM alert_log
ORDER BY inserted_at
LIMIT 1 BY run, brand, id;

-- One row per incident: its latest state.
CREATE VIEW IF NOT EXISTS alerts_current AS
SELECT *
FROM alerts
ORDER BY at DESC, seq DESC
LIMIT 1 BY run, brand, incident;
