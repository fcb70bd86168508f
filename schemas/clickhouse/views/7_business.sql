-- section: Business beside the posts

-- view business_trend: A business series of a brand or product beside what people say of it.
-- Mentions, complaints and negative count the posts of the same bucket; value is empty where the series has none.
-- default: run=live sku= grain=1h from=-7d to=newest
-- example: brand=BRAND series=orders grain=1d from=-14d
-- columns: bucket value mentions complaints negative
CREATE OR REPLACE VIEW business_trend AS
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
    SELECT bucket, NULL AS v, sum(r.mentions) AS m, sum(r.complaints) AS c, sum(r.negative) AS n
    FROM trend_buckets AS r
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
-- columns: series value before change
CREATE OR REPLACE VIEW business_before AS
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
