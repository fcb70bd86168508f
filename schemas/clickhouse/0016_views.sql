-- Whole brands stand before products in a part of the trends, but the server does
-- not see that sku = '' asks for them: it rewrites the comparison of the sort key
-- to notEmpty(sku), which the key does not know, and read every product. So these
-- views say it in the words of the key, and keep the server from rewriting them.
-- brand_risk adds up by brand before it puts its parts together, and
-- negative_share_baseline holds against whole days, not their hours.

-- view brand_trend: How a brand does over time.
-- default: run=live grain=1h from=-7d to=newest
-- example: brand=BRAND grain=1d from=-14d
CREATE OR REPLACE VIEW brand_trend AS
SELECT
    bucket,
    sum(r.mentions)                                    AS mentions,
    sum(r.complaints)                                  AS complaints,
    sum(r.negative)                                    AS negative,
    if(mentions = 0, 0, negative / mentions)           AS negative_share,
    if(mentions = 0, 0, sum(r.sentiment_sum) / mentions) AS sentiment,
    sum(r.reach)                                       AS reach,
    sum(r.reposts)                                     AS reposts,
    sum(r.duplicates)                                  AS near_duplicates,
    sum(r.spam)                                        AS spam
FROM trend_buckets AS r
WHERE run = {run:String} AND brand = {brand:String} AND sku = ''
    AND (sku != '') < 1 AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
GROUP BY bucket
ORDER BY bucket
SETTINGS optimize_empty_string_comparisons = 0;

-- view brand_health: A brand by calendar quarter: volume, complaints, sentiment, incidents.
-- default: run=live timezone=config from=-730d to=newest
-- example: brand=BRAND
CREATE OR REPLACE VIEW brand_health AS
SELECT
    quarter,
    figures.mentions                                                      AS mentions,
    if(mentions = 0, 0, figures.complaints / mentions)                    AS complaint_share,
    if(mentions = 0, 0, figures.negative / mentions)                      AS negative_share,
    if(row_number() OVER quarters = 1, NULL,
        negative_share - lagInFrame(negative_share) OVER quarters)        AS change_of_negative_share,
    if(mentions = 0, 0, (figures.positive - figures.negative) / mentions) AS net_sentiment,
    figures.reach                                                         AS reach,
    arrayElement(arrayReverseSort(p -> p.2, figures.types::Array(Tuple(String, UInt64))), 1).1 AS foremost_complaint,
    alarms.incidents                                                      AS incidents,
    alarms.severe                                                         AS orange_or_red
FROM
(
    SELECT
        toStartOfQuarter(toTimeZone(bucket, {timezone:String})) AS quarter,
        sum(r.mentions)           AS mentions,
        sum(r.complaints)         AS complaints,
        toInt64(sum(r.negative))  AS negative,
        toInt64(sum(r.positive))  AS positive,
        sum(r.reach)              AS reach,
        sumMap(r.complaint_types) AS types
    FROM trend_buckets AS r
    WHERE run = {run:String} AND brand = {brand:String} AND sku = '' AND (sku != '') < 1 AND grain = '1d'
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    GROUP BY quarter
) AS figures
LEFT JOIN
(
    SELECT
        toStartOfQuarter(toTimeZone(fired_at, {timezone:String})) AS quarter,
        uniqExact(incident)                                      AS incidents,
        uniqExactIf(incident, level IN ('orange', 'red'))        AS severe
    FROM alert_log
    WHERE run = {run:String} AND brand = {brand:String}
    GROUP BY quarter
) AS alarms USING quarter
WINDOW quarters AS (ORDER BY quarter ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER BY quarter
SETTINGS optimize_empty_string_comparisons = 0;

-- view brands_overview: All brands side by side, against the stretch before.
-- default: run=live grain=1h from=-7d to=newest
-- example: from=-1d
CREATE OR REPLACE VIEW brands_overview AS
SELECT
    brand,
    sumIf(r.mentions, r.bucket >= {from:DateTime('UTC')})    AS mentions,
    sumIf(r.mentions, r.bucket < {from:DateTime('UTC')})     AS mentions_before,
    sumIf(r.complaints, r.bucket >= {from:DateTime('UTC')})  AS complaints,
    sumIf(r.complaints, r.bucket < {from:DateTime('UTC')})   AS complaints_before,
    if(mentions = 0, 0, sumIf(r.negative, r.bucket >= {from:DateTime('UTC')}) / mentions)              AS negative_share,
    if(mentions_before = 0, 0, sumIf(r.negative, r.bucket < {from:DateTime('UTC')}) / mentions_before) AS negative_share_before,
    sumIf(r.reach, r.bucket >= {from:DateTime('UTC')})       AS reach
FROM trend_buckets AS r
WHERE run = {run:String} AND sku = ''
    AND (sku != '') < 1 AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND bucket < {to:DateTime('UTC')}
GROUP BY brand
ORDER BY mentions DESC, brand
SETTINGS optimize_empty_string_comparisons = 0;

-- view rising_complaint_types: Kinds of complaint that rise most against the stretch before.
-- default: run=live brand= grain=1h from=-1d to=newest limit=20
-- example: brand=BRAND
CREATE OR REPLACE VIEW rising_complaint_types AS
SELECT
    brand,
    type,
    now_types[type]    AS complaints,
    before_types[type] AS complaints_before,
    (toInt64(complaints) - toInt64(complaints_before)) / sqrt(complaints + complaints_before + 1) AS rise
FROM
(
    SELECT
        brand,
        sumMapIf(r.complaint_types, r.bucket >= {from:DateTime('UTC')}) AS now_types,
        sumMapIf(r.complaint_types, r.bucket < {from:DateTime('UTC')})  AS before_types
    FROM trend_buckets AS r
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = ''
    AND (sku != '') < 1 AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
        AND bucket < {to:DateTime('UTC')}
    GROUP BY brand
)
ARRAY JOIN mapKeys(now_types) AS type
WHERE rise > 0
ORDER BY rise DESC, brand, type
LIMIT {limit:UInt32}
SETTINGS optimize_empty_string_comparisons = 0;

-- view share_of_voice: A brand's share of all that is said of the brands named (none named: all), against the stretch before.
-- default: run=live brands= grain=1h from=-7d to=newest
-- example: brands=BRAND,OTHER
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
WHERE run = {run:String} AND (empty({brands:Array(String)}) OR brand IN {brands:Array(String)}) AND sku = ''
    AND (sku != '') < 1 AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND bucket < {to:DateTime('UTC')}
GROUP BY brand
ORDER BY mentions DESC, brand
SETTINGS optimize_empty_string_comparisons = 0;

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
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = ''
    AND (sku != '') < 1 AND grain = {grain:String}
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
    100 * likelihood * impact                           AS risk,
    1 - (1 - rise) * (1 - anger) * (1 - record)         AS likelihood,
    .4 * kind + .3 * carried + .2 * voice + .1 * spread AS impact,
    rise,
    anger,
    record,
    kind,
    carried,
    voice,
    spread,
    mentions,
    complaints,
    complaints_expected,
    negative_share,
    baseline_negative_share,
    reach,
    channels,
    incidents_in_90_days
FROM
(
    SELECT
        brand, mentions, complaints, complaints_expected, negative_share, baseline_negative_share, reach, channels,
        1 - exp(-greatest(0, (complaints - complaints_expected)
            / sqrt(complaints_expected * (1 + {days:UInt32} / days_before) + pow(.2 * complaints_expected, 2) + 1)) / 4) AS rise,
        if(mentions = 0 OR mentions_before = 0 OR pooled IN (0, 1), 0, 1 - exp(-greatest(0, (negative_share - baseline_negative_share)
            / sqrt(pooled * (1 - pooled) * (1 / mentions + 1 / mentions_before) + pow(.02, 2))) / 4)) AS anger,
        1 - exp(-incidents / 2)                         AS record,
        if(typed = 0, 0, weighed / typed)               AS kind,
        least(1, log10(1 + reach) / 8)                  AS carried,
        if(all_complaints = 0, 0, complaints / all_complaints) AS voice,
        1 - exp2(-greatest(0, toInt64(channels) - 1))   AS spread,
        toUInt64(incidents)                             AS incidents_in_90_days
    FROM
    (
        SELECT
            brand, mentions, mentions_before, complaints, reach, channels, typed, weighed,
            sum(complaints) OVER ()                                          AS all_complaints,
            1 + ifNull(dateDiff('day', min(first_day) OVER (), max(last_day) OVER ()), 0) AS days_before,
            complaints_before * {days:UInt32} / days_before                  AS complaints_expected,
            if(mentions = 0, 0, negative / mentions)                         AS negative_share,
            if(mentions_before = 0, 0, negative_before / mentions_before)    AS baseline_negative_share,
            if(mentions + mentions_before = 0, 0, (negative + negative_before) / (mentions + mentions_before)) AS pooled
        FROM
        (
            SELECT
                brand,
                sumIf(n, part = 'now')                AS mentions,
                sumIf(bad, part = 'now')              AS complaints,
                sumIf(upset, part = 'now')            AS negative,
                sumIf(n, part = 'before')             AS mentions_before,
                sumIf(bad, part = 'before')           AS complaints_before,
                sumIf(upset, part = 'before')         AS negative_before,
                minOrNullIf(f, part = 'before')       AS first_day,
                maxOrNullIf(l, part = 'before')       AS last_day,
                sum(heard)                            AS reach,
                sum(places)                           AS channels,
                sum(of_type)                          AS typed,
                sum(of_weight)                        AS weighed
            FROM
            (
                SELECT brand, 'now' AS part, sum(r.mentions) AS n, sum(r.complaints) AS bad, sum(r.negative) AS upset,
                    sum(r.reach) AS heard, 0 AS places, 0 AS of_type, 0. AS of_weight, min(bucket) AS f, max(bucket) AS l
                FROM trend_buckets AS r
                WHERE run = {run:String} AND sku = ''
    AND (sku != '') < 1 AND grain = {grain:String}
                    AND bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400 AND bucket < {at:DateTime('UTC')}
                GROUP BY brand
                UNION ALL
                SELECT brand, 'before', sum(r.mentions), sum(r.complaints), sum(r.negative), 0, 0, 0, 0., min(bucket), max(bucket)
                FROM trend_buckets AS r
                WHERE run = {run:String} AND sku = '' AND (sku != '') < 1 AND grain = '1d'
                    AND bucket > {at:DateTime('UTC')} - ({days:UInt32} + {baseline_days:UInt32} + 1) * 86400
                    AND bucket <= {at:DateTime('UTC')} - ({days:UInt32} + 1) * 86400
                GROUP BY brand
                UNION ALL
                SELECT brand, 'of what', 0, 0, 0, 0, length(groupUniqArrayArray(mapKeys(r.channels))),
                    sum(arraySum(mapValues(r.complaint_types))),
                    sum(arraySum((type, k) -> k * transform(type,
                        ['product_safety', 'data_security', 'counterfeit_ip', 'compliance', 'brand_image', 'false_advertising',
                         'internal_management', 'product_quality', 'customer_service', 'logistics'],
                        [1., .8, .7, .7, .7, .6, .6, .5, .4, .3], .4), mapKeys(r.complaint_types), mapValues(r.complaint_types))),
                    min(bucket), max(bucket)
                FROM trend_buckets AS r
                WHERE run = {run:String} AND sku = '' AND (sku != '') < 1 AND grain = '1d'
                    AND bucket > {at:DateTime('UTC')} - ({days:UInt32} + 1) * 86400 AND bucket < {at:DateTime('UTC')}
                GROUP BY brand
            )
            GROUP BY brand
        )
    ) AS figures
    LEFT JOIN
    (
        SELECT brand, uniqExact(incident) AS incidents
        FROM alert_log
        WHERE run = {run:String} AND fired_at >= {at:DateTime('UTC')} - 90 * 86400 AND fired_at < {at:DateTime('UTC')}
        GROUP BY brand
    ) AS history USING brand
)
ORDER BY risk DESC, brand
SETTINGS optimize_empty_string_comparisons = 0;
