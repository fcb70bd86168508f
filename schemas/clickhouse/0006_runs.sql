-- Runs besides live: backfills of history. One row a change; the newest row of a
-- run holds. rebuild rises when a run is built anew, so that its blocks are not
-- taken for those of the run before. How many rows land together is part of their
-- token: a run goes on with as many as it was begun with, or the rows of a range
-- that was killed half way would land twice.
-- cluster: every node
CREATE TABLE IF NOT EXISTS run_log
(
    run        String,
    rebuild    UInt32,
    source     String COMMENT 'where the posts come from, for people',
    identity   String COMMENT 'hash of source, mapping and config: a run goes on only with the same',
    timezone   LowCardinality(String) COMMENT 'in which the days of its trends begin',
    state      LowCardinality(String) COMMENT 'running, stopped, done, failed, dropped',
    owner      String COMMENT 'the process that works on it',
    posts      UInt64 COMMENT 'read so far',
    first_at   DateTime64(3, 'UTC') COMMENT 'event time of the first post',
    last_at    DateTime64(3, 'UTC') COMMENT 'event time reached',
    started_at DateTime64(3, 'UTC'),
    land_rows  UInt32 DEFAULT 25000 COMMENT 'so many rows land together',
    updated_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY run;

-- One row a run: its newest state.
CREATE VIEW IF NOT EXISTS runs AS
SELECT *
FROM run_log
ORDER BY updated_at DESC
LIMIT 1 BY run;
