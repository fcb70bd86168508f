-- section: Against others

-- view share_of_voice: A brand's share of all that is said of the brands named (none named: all), against the stretch before.
-- default: run=live brands= grain=1h from=-7d to=newest
-- example: brands=BRAND,OTHER
-- columns: brand mentions share mentions_before share_before complaints share_of_complaints negative_share
CREATE OR REPLACE VIEW share_of_voice AS
SELECT
    brand,
    sumIf(r.mentions, r.bucket >= {from:DateTime('UTC')})    AS mentions,
    if(sum(mentions) OVER () = 0, 0, mentions / sum(mentions) OVER ())                        AS share,
    sumIf(r.mentions, r.bucket < {from:DateTime('UTC')})     AS mentions_before,
    if(sum(mentions_before) OVER () = 0, 0, mentions_before / sum(mentions_before) OVER ())   AS share_before,
    sumIf(r.complaints, r.bucket >= {from:DateTime('UTC')})  AS complaints,
    if(sum(complaints) OVER () = 0, 0, complaints / sum(complaints) OVER ())                  AS share_of_complaints,
    if(mentions = 0, 0, sumIf(r.negative, r.bucket >= {from:DateTime('UTC')}) / mentions)     AS negative_share
FROM trend_buckets AS r
WHERE run = {run:String} AND (empty({brands:Array(String)}) OR brand IN {brands:Array(String)}) AND sku = '' AND (sku != '') < 1 AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND bucket < {to:DateTime('UTC')}
GROUP BY brand
ORDER BY mentions DESC, brand
SETTINGS optimize_empty_string_comparisons = 0;

-- view negative_share_baseline: Negative share against the whole days before, with z of the two-proportion test, per brand.
-- default: run=live brand= grain=1h from=-1d to=newest baseline_days=28
-- example: brand=BRAND baseline_days=7
-- columns: brand mentions negative negative_share baseline_mentions baseline_share pooled_share z
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
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = '' AND (sku != '') < 1 AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    UNION ALL
    SELECT brand, 'before' AS part, r.mentions AS n, r.negative AS upset
    FROM trend_buckets AS r
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = '' AND (sku != '') < 1 AND grain = '1d'
        AND bucket > {from:DateTime('UTC')} - ({baseline_days:UInt32} + 1) * 86400 AND bucket <= {from:DateTime('UTC')} - 86400
)
GROUP BY brand
HAVING mentions > 0
ORDER BY z DESC, brand
SETTINGS optimize_empty_string_comparisons = 0;

-- view crisis_compare: One crisis against another, hour by hour since the beginning of each.
-- default: run_a=live run_b=live hours=72
-- example: brand_a=BRAND from_a=CRISIS brand_b=BRAND from_b=EARLIER
-- columns: hour mentions_a mentions_b complaints_a complaints_b negative_share_a negative_share_b mentions_so_far_a mentions_so_far_b
CREATE OR REPLACE VIEW crisis_compare AS
SELECT
    hour,
    sumIf(n, side = 'a')        AS mentions_a,
    sumIf(n, side = 'b')        AS mentions_b,
    sumIf(bad, side = 'a')      AS complaints_a,
    sumIf(bad, side = 'b')      AS complaints_b,
    if(mentions_a = 0, 0, sumIf(upset, side = 'a') / mentions_a) AS negative_share_a,
    if(mentions_b = 0, 0, sumIf(upset, side = 'b') / mentions_b) AS negative_share_b,
    sum(mentions_a) OVER running AS mentions_so_far_a,
    sum(mentions_b) OVER running AS mentions_so_far_b
FROM
(
    SELECT 'a' AS side, dateDiff('hour', toStartOfHour({from_a:DateTime('UTC')}), bucket) AS hour,
        r.mentions AS n, r.complaints AS bad, r.negative AS upset
    FROM trend_buckets AS r
    WHERE run = {run_a:String} AND brand = {brand_a:String} AND sku = '' AND (sku != '') < 1 AND grain = '1h'
        AND bucket >= toStartOfHour({from_a:DateTime('UTC')}) AND bucket < {from_a:DateTime('UTC')} + {hours:UInt32} * 3600
    UNION ALL
    SELECT 'b' AS side, dateDiff('hour', toStartOfHour({from_b:DateTime('UTC')}), bucket) AS hour,
        r.mentions AS n, r.complaints AS bad, r.negative AS upset
    FROM trend_buckets AS r
    WHERE run = {run_b:String} AND brand = {brand_b:String} AND sku = '' AND (sku != '') < 1 AND grain = '1h'
        AND bucket >= toStartOfHour({from_b:DateTime('UTC')}) AND bucket < {from_b:DateTime('UTC')} + {hours:UInt32} * 3600
)
GROUP BY hour
WINDOW running AS (ORDER BY hour)
ORDER BY hour
SETTINGS optimize_empty_string_comparisons = 0;
