-- section: Alerts and risk

-- view alert_history: Incidents of a brand (none named: all), with their worst level and how long they took to resolve.
-- default: run=live brand= from=-90d to=newest
-- example: brand=BRAND
-- columns: brand sku incident began_at worst_level worst_signal worst_type greatest_severity resolved_at hours_to_resolve transitions
CREATE OR REPLACE VIEW alert_history AS
SELECT
    brand,
    sku,
    incident,
    min(fired)                                                     AS began_at,
    argMax(level, (rank, -toUnixTimestamp64Milli(at)))             AS worst_level,
    argMax(signal, rank)                                           AS worst_signal,
    argMax(crisis_type, rank)                                      AS worst_type,
    max(severity)                                                  AS greatest_severity,
    if(countIf(state = 'resolved') = 0, NULL, maxIf(at, state = 'resolved')) AS resolved_at,
    dateDiff('minute', began_at, resolved_at) / 60                 AS hours_to_resolve,
    count()                                                        AS transitions
FROM
(
    SELECT *, fired_at AS fired, transform(level, ['blue', 'yellow', 'orange', 'red'], [1, 2, 3, 4], 0) AS rank
    FROM alerts
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String})
        AND fired_at >= {from:DateTime('UTC')} AND fired_at < {to:DateTime('UTC')}
)
GROUP BY brand, sku, incident
ORDER BY began_at DESC, brand, sku, incident;

-- view time_to_resolve: How many incidents a brand had at each worst level, and how long they took to resolve.
-- default: run=live from=-365d to=newest
-- example: from=-90d
-- columns: brand worst_level incidents unresolved median_hours nine_in_ten_within
CREATE OR REPLACE VIEW time_to_resolve AS
SELECT
    brand,
    worst                                                 AS worst_level,
    count()                                               AS incidents,
    countIf(resolved_at IS NULL)                          AS unresolved,
    quantileExact(0.5)(hours)                             AS median_hours,
    quantileExact(0.9)(hours)                             AS nine_in_ten_within
FROM
(
    SELECT
        brand,
        argMax(level, transform(level, ['blue', 'yellow', 'orange', 'red'], [1, 2, 3, 4], 0)) AS worst,
        if(countIf(state = 'resolved') = 0, NULL, maxIf(at, state = 'resolved'))             AS resolved_at,
        dateDiff('minute', min(fired_at), resolved_at) / 60                                  AS hours
    FROM alerts
    WHERE run = {run:String} AND fired_at >= {from:DateTime('UTC')} AND fired_at < {to:DateTime('UTC')}
    GROUP BY brand, incident
)
GROUP BY brand, worst
ORDER BY brand, incidents DESC, worst_level;

-- view brand_risk: A standing score per brand, 0 to 100: likelihood of a crisis times its impact, with the parts.
-- likelihood = 1 - (1 - rise)(1 - anger)(1 - record), where rise and anger are 1 - exp(-z/4) for complaints and for the
-- negative share against the days before (usual ups and downs of 20 % and of 2 points count as spread), and record =
-- 1 - exp(-incidents/2) in 90 days, those that trend rules tell besides left out. impact = .4 kind + .3 carried + .2 voice + .1 spread, which are the mean weight of
-- the complaint types, log10(1 + reach)/8, the share of all complaints, and 1 - 2^-(channels - 1). What is held against
-- counts whole days before the stretch; complaint types and channels are those of the days that it touches.
-- default: run=live grain=1h at=newest days=7 baseline_days=28
-- example: days=3
-- columns: brand risk likelihood impact rise anger record kind carried voice spread mentions complaints complaints_expected negative_share baseline_negative_share reach channels incidents_in_90_days
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
                WHERE run = {run:String} AND sku = '' AND (sku != '') < 1 AND grain = {grain:String}
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
        WHERE run = {run:String} AND fired_at >= {at:DateTime('UTC')} - 90 * 86400 AND fired_at < {at:DateTime('UTC')} AND NOT startsWith(signal, 'rule:')
        GROUP BY brand
    ) AS history USING brand
)
ORDER BY risk DESC, brand
SETTINGS optimize_empty_string_comparisons = 0;
