-- What the pipeline knows of its own place. Readers never rely on merges: they
-- take the row with the greatest offset.

-- Up to where a partition of the mentions topic has landed, exclusive.
-- cluster: every node
CREATE TABLE IF NOT EXISTS progress
(
    run          LowCardinality(String),
    topic        LowCardinality(String),
    layout_epoch UInt32,
    t            Int32 COMMENT 'partition of the mentions topic',
    to_offset    Int64 COMMENT 'the next offset to land',
    last_tick    DateTime64(3, 'UTC'),
    updated_at   DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(to_offset)
ORDER BY (run, topic, layout_epoch, t);

-- Up to where each source partition was heard of, inclusive. A source whose log
-- ends before that was deleted and made again, and with it the offsets that the
-- consumer group had committed.
-- cluster: every node
CREATE TABLE IF NOT EXISTS source_positions
(
    topic      String,
    epoch      UInt32,
    partition  Int32,
    offset     Int64,
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(offset)
ORDER BY (topic, epoch, partition);

-- Snapshots of the detectors' state that are complete. A generation begins with
-- a full one; later ones of the generation hold what changed.
-- cluster: every node
CREATE TABLE IF NOT EXISTS snapshots
(
    run          LowCardinality(String),
    topic        LowCardinality(String),
    layout_epoch UInt32,
    t            Int32,
    generation   UInt64,
    offset       Int64 COMMENT 'the next offset to apply to this state',
    keys         UInt64 COMMENT 'rows of snapshot_state at this offset',
    full         Bool COMMENT 'holds everything; the others hold what changed since the one before',
    committed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(committed_at)
ORDER BY (run, topic, layout_epoch, t, generation, offset);

-- The state at a snapshot: per key the value with the greatest offset of the
-- generation that is not beyond the snapshot's; an empty value means deleted.
-- A generation is one partition per t, so that an old one is dropped at once.
-- cluster: every node
CREATE TABLE IF NOT EXISTS snapshot_state
(
    run          LowCardinality(String),
    topic        LowCardinality(String),
    layout_epoch UInt32,
    t            Int32,
    generation   UInt64,
    offset       Int64,
    key          String CODEC(ZSTD(1)),
    value        String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY (run, t, generation)
ORDER BY (run, topic, layout_epoch, t, generation, key, offset);

-- How brands are laid out over partitions and where the log is cut. The row with
-- the greatest epoch holds; of two rows of an epoch the first one.
-- cluster: every node
CREATE TABLE IF NOT EXISTS layout
(
    topic             String,
    epoch             UInt32,
    partitions        UInt32 COMMENT 'of the mentions topic',
    hash              String COMMENT 'of the brand id',
    cut_after_ms      UInt32 COMMENT 'a range ends at the first heartbeat this long after its first record',
    cut_after_records UInt32 COMMENT 'or after so many records',
    starts            Array(Int64) COMMENT 'first offset of the epoch, by partition; empty = 0',
    created_at        DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
ORDER BY (topic, epoch, created_at);

-- Epochs of source topics: a topic that was deleted and made again starts a new
-- one, because its offsets begin at 0 again. No row means epoch 0.
-- cluster: every node
CREATE TABLE IF NOT EXISTS source_epochs
(
    topic      String,
    epoch      UInt32,
    created_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY (topic, epoch);
