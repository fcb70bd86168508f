-- How many rows of a run land as one is part of their token: a run that was begun
-- with fewer goes on with as many, or the rows of a range that was killed half way
-- would land twice.
ALTER TABLE run_log
ADD COLUMN IF NOT EXISTS land_rows UInt32 DEFAULT 25000 COMMENT 'so many rows land together' AFTER started_at;

-- One row a run: its newest state.
CREATE OR REPLACE VIEW runs AS
SELECT *
FROM run_log
ORDER BY updated_at DESC
LIMIT 1 BY run;
