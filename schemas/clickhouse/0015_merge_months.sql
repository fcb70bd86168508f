-- A month that is over is merged into one part a grain: questions about quarters
-- and years read a few rows of each part.
ALTER TABLE trend_buckets
MODIFY SETTING min_age_to_force_merge_seconds = 21600, min_age_to_force_merge_on_partition_only = 1;
