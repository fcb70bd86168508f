-- The views over the trends, now over trend_buckets.

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
WHERE run = {run:String} AND brand = {brand:String} AND sku = '' AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
GROUP BY bucket
ORDER BY bucket;

-- view sku_trend: How one product does over time.
-- default: run=live grain=1h from=-7d to=newest
-- example: brand=BRAND sku=SKU grain=1d from=-14d
CREATE OR REPLACE VIEW sku_trend AS
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
WHERE run = {run:String} AND brand = {brand:String} AND sku = {sku:String} AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
GROUP BY bucket
ORDER BY bucket;

-- view complaint_type_trend: What people complain of, over time.
-- default: run=live sku= grain=1h from=-7d to=newest
-- example: brand=BRAND grain=1d
CREATE OR REPLACE VIEW complaint_type_trend AS
SELECT
    bucket,
    type,
    of_type                                              AS complaints,
    if(all_complaints = 0, 0, of_type / all_complaints)  AS share_of_complaints
FROM
(
    SELECT bucket, sumMap(r.complaint_types) AS types, sum(r.complaints) AS all_complaints
    FROM trend_buckets AS r
    WHERE run = {run:String} AND brand = {brand:String} AND sku = {sku:String} AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    GROUP BY bucket
)
ARRAY JOIN mapKeys(types) AS type, mapValues(types) AS of_type
ORDER BY bucket, complaints DESC, type;

-- view channel_trend: Where people speak of a brand or product, over time.
-- default: run=live sku= grain=1h from=-7d to=newest
-- example: brand=BRAND grain=1d
CREATE OR REPLACE VIEW channel_trend AS
SELECT
    bucket,
    channel,
    of_channel                                           AS mentions,
    if(all_mentions = 0, 0, of_channel / all_mentions)   AS share_of_mentions
FROM
(
    SELECT bucket, sumMap(r.channels) AS by_channel, sum(r.mentions) AS all_mentions
    FROM trend_buckets AS r
    WHERE run = {run:String} AND brand = {brand:String} AND sku = {sku:String} AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    GROUP BY bucket
)
ARRAY JOIN mapKeys(by_channel) AS channel, mapValues(by_channel) AS of_channel
ORDER BY bucket, mentions DESC, channel;

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
    WHERE run = {run:String} AND brand = {brand:String} AND sku = '' AND grain = '1d'
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
ORDER BY quarter;

-- section: What rises

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
WHERE run = {run:String} AND sku = '' AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND bucket < {to:DateTime('UTC')}
GROUP BY brand
ORDER BY mentions DESC, brand;

-- view rising_skus: Products whose complaints (or mentions) rise most against the stretch before.
-- rise is (now - before) / sqrt(now + before + 1): how many standard deviations of a steady count.
-- default: run=live brand= by=complaints grain=1h from=-1d to=newest limit=20
-- example: brand=BRAND by=mentions
CREATE OR REPLACE VIEW rising_skus AS
SELECT
    brand,
    sku,
    sumIf(r.mentions, r.bucket >= {from:DateTime('UTC')})   AS mentions,
    sumIf(r.mentions, r.bucket < {from:DateTime('UTC')})    AS mentions_before,
    sumIf(r.complaints, r.bucket >= {from:DateTime('UTC')}) AS complaints,
    sumIf(r.complaints, r.bucket < {from:DateTime('UTC')})  AS complaints_before,
    if({by:String} = 'mentions',
        (toInt64(mentions) - toInt64(mentions_before)) / sqrt(mentions + mentions_before + 1),
        (toInt64(complaints) - toInt64(complaints_before)) / sqrt(complaints + complaints_before + 1)) AS rise
FROM trend_buckets AS r
WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku != '' AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND bucket < {to:DateTime('UTC')}
GROUP BY brand, sku
HAVING rise > 0
ORDER BY rise DESC, brand, sku
LIMIT {limit:UInt32};

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
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = '' AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
        AND bucket < {to:DateTime('UTC')}
    GROUP BY brand
)
ARRAY JOIN mapKeys(now_types) AS type
WHERE rise > 0
ORDER BY rise DESC, brand, type
LIMIT {limit:UInt32};

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
GROUP BY brand, sku
HAVING complaints > 0
ORDER BY at_least DESC, brand, sku
LIMIT {limit:UInt32};

-- section: Against others

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
WHERE run = {run:String} AND (empty({brands:Array(String)}) OR brand IN {brands:Array(String)}) AND sku = '' AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND bucket < {to:DateTime('UTC')}
GROUP BY brand
ORDER BY mentions DESC, brand;

-- view negative_share_baseline: Negative share against the days before, with z of the two-proportion test, per brand.
-- default: run=live brand= grain=1h from=-1d to=newest baseline_days=28
-- example: brand=BRAND baseline_days=7
CREATE OR REPLACE VIEW negative_share_baseline AS
SELECT
    brand,
    sumIf(r.mentions, r.bucket >= {from:DateTime('UTC')})  AS mentions,
    sumIf(r.negative, r.bucket >= {from:DateTime('UTC')})  AS negative,
    negative / mentions                                    AS negative_share,
    sumIf(r.mentions, r.bucket < {from:DateTime('UTC')})   AS baseline_mentions,
    if(baseline_mentions = 0, 0, sumIf(r.negative, r.bucket < {from:DateTime('UTC')}) / baseline_mentions) AS baseline_share,
    sum(r.negative) / sum(r.mentions)                      AS pooled_share,
    if(baseline_mentions = 0 OR pooled_share IN (0, 1), 0, (negative_share - baseline_share)
        / sqrt(pooled_share * (1 - pooled_share) * (1 / mentions + 1 / baseline_mentions))) AS z
FROM trend_buckets AS r
WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = '' AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - {baseline_days:UInt32} * 86400 AND bucket < {to:DateTime('UTC')}
GROUP BY brand
HAVING mentions > 0
ORDER BY z DESC, brand;

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
    WHERE run = {run_a:String} AND brand = {brand_a:String} AND sku = '' AND grain = '1h'
        AND bucket >= toStartOfHour({from_a:DateTime('UTC')}) AND bucket < {from_a:DateTime('UTC')} + {hours:UInt32} * 3600
    UNION ALL
    SELECT 'b' AS side, dateDiff('hour', toStartOfHour({from_b:DateTime('UTC')}), bucket) AS hour,
        r.mentions AS n, r.complaints AS bad, r.negative AS upset
    FROM trend_buckets AS r
    WHERE run = {run_b:String} AND brand = {brand_b:String} AND sku = '' AND grain = '1h'
        AND bucket >= toStartOfHour({from_b:DateTime('UTC')}) AND bucket < {from_b:DateTime('UTC')} + {hours:UInt32} * 3600
)
GROUP BY hour
WINDOW running AS (ORDER BY hour)
ORDER BY hour;

-- section: Inside a surge

-- view brand_risk: A standing score per brand, 0 to 100: likelihood of a crisis times its impact, with the parts.
-- likelihood = 1 - (1 - rise)(1 - anger)(1 - record), where rise and anger are 1 - exp(-z/4) for complaints and for the
-- negative share against the days before (usual ups and downs of 20 % and of 2 points count as spread), and record =
-- 1 - exp(-incidents/2) in 90 days. impact = .4 kind + .3 carried + .2 voice + .1 spread, which are the mean weight of
-- the complaint types, log10(1 + reach)/8, the share of all complaints, and 1 - 2^-(channels - 1).
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
        sumIf(r.mentions, r.bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400)   AS mentions,
        sumIf(r.mentions, r.bucket < {at:DateTime('UTC')} - {days:UInt32} * 86400)    AS mentions_before,
        sumIf(r.complaints, r.bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400) AS complaints,
        greatest(1, dateDiff('second', min(min(r.bucket)) OVER (), {at:DateTime('UTC')}) / 86400 - {days:UInt32}) AS days_before,
        sumIf(r.complaints, r.bucket < {at:DateTime('UTC')} - {days:UInt32} * 86400)
            * {days:UInt32} / days_before                                             AS complaints_expected,
        (complaints - complaints_expected)
            / sqrt(complaints_expected * (1 + {days:UInt32} / days_before) + pow(.2 * complaints_expected, 2) + 1) AS rise_z,
        if(mentions = 0, 0, sumIf(r.negative, r.bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400) / mentions) AS negative_share,
        if(mentions_before = 0, 0, sumIf(r.negative, r.bucket < {at:DateTime('UTC')} - {days:UInt32} * 86400) / mentions_before)
                                                                                      AS baseline_negative_share,
        if(sum(r.mentions) = 0, 0, sum(r.negative) / sum(r.mentions))                 AS pooled,
        if(mentions = 0 OR mentions_before = 0 OR pooled IN (0, 1), 0, (negative_share - baseline_negative_share)
            / sqrt(pooled * (1 - pooled) * (1 / mentions + 1 / mentions_before) + pow(.02, 2))) AS anger_z,
        sumIf(r.reach, r.bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400)      AS reach,
        length(mapKeys(sumMapIf(r.channels, r.bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400))) AS channels,
        sumMapIf(r.complaint_types, r.bucket >= {at:DateTime('UTC')} - {days:UInt32} * 86400) AS types,
        if(empty(types), 0, arraySum((type, n) -> n * transform(type,
            ['product_safety', 'data_security', 'counterfeit_ip', 'compliance', 'brand_image', 'false_advertising',
             'internal_management', 'product_quality', 'customer_service', 'logistics'],
            [1., .8, .7, .7, .7, .6, .6, .5, .4, .3], .4), mapKeys(types), mapValues(types)) / arraySum(mapValues(types))) AS kind_weight
    FROM trend_buckets AS r
    WHERE run = {run:String} AND sku = '' AND grain = {grain:String}
        AND bucket >= {at:DateTime('UTC')} - ({days:UInt32} + {baseline_days:UInt32}) * 86400 AND bucket < {at:DateTime('UTC')}
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

-- view business_trend: A business series of a brand or product beside what people say of it.
-- Complaints and negative count the posts of the same bucket.
-- default: run=live sku= grain=1h from=-7d to=newest
-- example: brand=BRAND series=orders grain=1d from=-14d
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
    SELECT bucket, 0 AS v, sum(r.mentions) AS m, sum(r.complaints) AS c, sum(r.negative) AS n
    FROM trend_buckets AS r
    WHERE run = {run:String} AND brand = {brand:String} AND sku = {sku:String} AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    GROUP BY bucket
)
GROUP BY bucket
ORDER BY bucket;

DROP TABLE IF EXISTS trend_rollup;
