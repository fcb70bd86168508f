-- What trend rules remember between ticks, so that a successor goes on where a
-- process stopped: the row with the greatest tick holds.
-- cluster: every node
CREATE TABLE IF NOT EXISTS rule_state
(
    run        LowCardinality(String),
    rebuild    UInt32 COMMENT 'of the run, so that a run that is built anew begins anew',
    rule       String,
    tick       DateTime64(3, 'UTC') COMMENT 'last tick that was decided',
    state      String COMMENT 'JSON: series that hold, and what was resolved' CODEC(ZSTD(1)),
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(tick)
ORDER BY (run, rebuild, rule);
