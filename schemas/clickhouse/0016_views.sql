-- What a share is held against comes from whole days, not from their hours.

-- view negative_share_baseline: Negative share against the whole days before, with z of the two-proportion test, per brand.
-- default: run=live brand= grain=1h from=-1d to=newest baseline_days=28
-- example: brand=BRAND baseline_days=7
CREATE OR REPLACE VIEW negative_share_baseline AS
SELECT
    brand,
    sumIf(n, part = 'now')                                 AS mentions,
    sumIf(upset, part = 'now')                             AS negative,
    negative / mentions                                    AS negative_share,
    sumIf(n, part = 'before')                              AS baseline_mentions,
    if(baseline_mentions = 0, 0, sumIf(upset, part = 'before') / baseline_mentions) AS baseline_share,
    sum(upset) / sum(n)                                    AS pooled_share,
    if(baseline_mentions = 0 OR pooled_share IN (0, 1), 0, (negative_share - baseline_share)
        / sqrt(pooled_share * (1 - pooled_share) * (1 / mentions + 1 / baseline_mentions))) AS z
FROM
(
    SELECT brand, 'now' AS part, r.mentions AS n, r.negative AS upset
    FROM trend_buckets AS r
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = '' AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    UNION ALL
    SELECT brand, 'before' AS part, r.mentions AS n, r.negative AS upset
    FROM trend_buckets AS r
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = '' AND grain = '1d'
        AND bucket > {from:DateTime('UTC')} - ({baseline_days:UInt32} + 1) * 86400 AND bucket <= {from:DateTime('UTC')} - 86400
)
GROUP BY brand
HAVING mentions > 0
ORDER BY z DESC, brand;
