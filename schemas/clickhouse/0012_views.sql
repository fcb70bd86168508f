-- Two questions about all brands or products that added up maps of every bucket,
-- or of every hour, which took most of their time.

-- view worst_skus: Products people complain of most, by the lower end of the 95 % interval of Wilson, so that few posts do not lead.
-- default: run=live brand= grain=1d from=-30d to=newest limit=20
-- example: brand=BRAND
CREATE OR REPLACE VIEW worst_skus AS
SELECT
    brand,
    sku,
    sum(r.mentions)          AS mentions,
    sum(r.complaints)        AS complaints,
    complaints / mentions    AS complaint_share,
    (complaint_share + 1.9207 / mentions - 1.96 * sqrt(complaint_share * (1 - complaint_share) / mentions + 0.9604 / pow(mentions, 2)))
        / (1 + 3.8415 / mentions) AS at_least,
    arrayElement(arrayReverseSort(p -> p.2, sumMap(r.complaint_types)::Array(Tuple(String, UInt64))), 1).1 AS foremost_complaint
FROM trend_buckets AS r
WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku != '' AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    AND (brand, sku) IN
    (
        SELECT brand, sku
        FROM
        (
            SELECT brand, sku, sum(s.mentions) AS n, sum(s.complaints) / n AS share
            FROM trend_buckets AS s
            WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku != '' AND grain = {grain:String}
                AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
            GROUP BY brand, sku
            HAVING share > 0
        )
        ORDER BY (share + 1.9207 / n - 1.96 * sqrt(share * (1 - share) / n + 0.9604 / pow(n, 2))) / (1 + 3.8415 / n) DESC, brand, sku
        LIMIT {limit:UInt32}
    )
GROUP BY brand, sku
HAVING complaints > 0
ORDER BY at_least DESC, brand, sku;

-- view brand_risk: A standing score per brand, 0 to 100: likelihood of a crisis times its impact, with the parts.
-- likelihood = 1 - (1 - rise)(1 - anger)(1 - record), where rise and anger are 1 - exp(-z/4) for complaints and for the
-- negative share against the days before (usual ups and downs of 20 % and of 2 points count as spread), and record =
-- 1 - exp(-incidents/2) in 90 days. impact = .4 kind + .3 carried + .2 voice + .1 spread, which are the mean weight of
-- the complaint types, log10(1 + reach)/8, the share of all complaints, and 1 - 2^-(channels - 1). What is held against
-- counts whole days before the stretch; complaint types and channels are those of the days that it touches.
-- default: run=live grain=1h at=newest days=7 baseline_days=28
-- example: days=3
CREATE OR REPLACE VIEW brand_risk AS
SELECT
    brand,
    100 * likelihood * impact                                             AS risk,
    1 - (1 - rise) * (1 - anger) * (1 - record)                           AS likelihood,
    .4 * kind + .3 * carried + .2 * voice + .1 * spread                   AS impact,
    1 - exp(-greatest(0, rise_z) / 4)                                     AS rise,
    1 - exp(-greatest(0, anger_z) / 4)                                    AS anger,
    1 - exp(-incidents / 2)                                               AS record,
    kind_weight                                                           AS kind,
    least(1, log10(1 + reach) / 8)                                        AS carried,
    if(sum(complaints) OVER () = 0, 0, complaints / sum(complaints) OVER ()) AS voice,
    1 - exp2(-greatest(0, toInt64(channels) - 1))                         AS spread,
    mentions,
    complaints,
    complaints_expected,
    negative_share,
    baseline_negative_share,
    reach,
    channels,
    toUInt64(incidents)                                                   AS incidents_in_90_days
FROM
(
    SELECT
        brand,
        sumIf(n, part = 'now')                                        AS mentions,
        sumIf(n, part = 'before')                                     AS mentions_before,
        sumIf(bad, part = 'now')                                      AS complaints,
        1 + ifNull(dateDiff('day', min(minOrNullIf(bucket, part = 'before')) OVER (), max(maxOrNullIf(bucket, part = 'before')) OVER ()), 0) AS days_before,
        sumIf(bad, part = 'before') * {days:UInt32} / days_before      AS complaints_expected,
        (complaints - complaints_expected)
            / sqrt(complaints_expected * (1 + {days:UInt32} / days_before) + pow(.2 * complaints_expected, 2) + 1) AS rise_z,
        if(mentions = 0, 0, sumIf(upset, part = 'now') / mentions)    AS negative_share,
        if(mentions_before = 0, 0, sumIf(upset, part = 'before') / mentions_before) AS baseline_negative_share,
        if(sum(n) = 0, 0, sum(upset) / sum(n))                        AS pooled,
        if(mentions = 0 OR mentions_before = 0 OR pooled IN (0, 1), 0, (negative_share - baseline_negative_share)
            / sqrt(pooled * (1 - pooled) * (1 / mentions + 1 / mentions_before) + pow(.02, 2))) AS anger_z,
        sum(heard)                                                    AS reach,
        length(groupUniqArrayArray(places))                           AS channels,
        if(sum(typed) = 0, 0, sum(weighed) / sum(typed))              AS kind_weight
    FROM
    (
        SELECT brand, 'now' AS part, bucket, r.mentions AS n, r.complaints AS bad, r.negative AS upset, r.reach AS heard,
            [] AS places, 0 AS typed, 0. AS weighed
        FROM trend_buckets AS r
        WHERE run = {run:String} AND sku = '' AND grain = {grain:String}
            AND bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400 AND bucket < {at:DateTime('UTC')}
        UNION ALL
        SELECT brand, 'before' AS part, bucket, r.mentions AS n, r.complaints AS bad, r.negative AS upset, 0 AS heard,
            [] AS places, 0 AS typed, 0. AS weighed
        FROM trend_buckets AS r
        WHERE run = {run:String} AND sku = '' AND grain = '1d'
            AND bucket > {at:DateTime('UTC')} - ({days:UInt32} + {baseline_days:UInt32} + 1) * 86400
            AND bucket <= {at:DateTime('UTC')} - ({days:UInt32} + 1) * 86400
        UNION ALL
        SELECT brand, 'of what' AS part, bucket, 0 AS n, 0 AS bad, 0 AS upset, 0 AS heard,
            mapKeys(r.channels) AS places, arraySum(mapValues(r.complaint_types)) AS typed,
            arraySum((type, k) -> k * transform(type,
                ['product_safety', 'data_security', 'counterfeit_ip', 'compliance', 'brand_image', 'false_advertising',
                 'internal_management', 'product_quality', 'customer_service', 'logistics'],
                [1., .8, .7, .7, .7, .6, .6, .5, .4, .3], .4), mapKeys(r.complaint_types), mapValues(r.complaint_types)) AS weighed
        FROM trend_buckets AS r
        WHERE run = {run:String} AND sku = '' AND grain = '1d'
            AND bucket > {at:DateTime('UTC')} - ({days:UInt32} + 1) * 86400 AND bucket < {at:DateTime('UTC')}
    )
    GROUP BY brand
) AS figures
LEFT JOIN
(
    SELECT brand, uniqExact(incident) AS incidents
    FROM alert_log
    WHERE run = {run:String} AND fired_at >= {at:DateTime('UTC')} - 90 * 86400 AND fired_at < {at:DateTime('UTC')}
    GROUP BY brand
) AS history USING brand
ORDER BY risk DESC, brand;
