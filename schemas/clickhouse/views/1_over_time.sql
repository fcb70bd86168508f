-- Questions as parameterised views: SELECT * FROM brand_trend(run = 'live',
-- brand = 'acme', grain = '1h', from = '2025-11-01', to = '2025-11-08').
-- Package trends reads the lines above a view: what it answers, the defaults
-- that `fenghuo trends` fills in, an example. docs/queries.md is made of them.
--
-- Times are UTC, "to" is not included, sku = '' is the whole brand. "Before" is
-- the stretch of the same length that ends where the asked one begins. Figures
-- leave spam out. Views that name a grain read the trends: choose 1h for days
-- and weeks, 1d for months and years.
--
-- Whole brands stand before products in a part of the trends, but the server does
-- not see that sku = '' asks for them: it rewrites the comparison of the sort key
-- to notEmpty(sku), which the key does not know, and reads every product. So the
-- views say it in the words of the key, and keep the server from rewriting them.

-- section: Over time

-- view brand_trend: How a brand does over time.
-- default: run=live grain=1h from=-7d to=newest
-- example: brand=BRAND grain=1d from=-14d
-- columns: bucket mentions complaints negative negative_share sentiment reach reposts near_duplicates spam
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
WHERE run = {run:String} AND brand = {brand:String} AND sku = '' AND (sku != '') < 1 AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
GROUP BY bucket
ORDER BY bucket
SETTINGS optimize_empty_string_comparisons = 0;

-- view sku_trend: How one product does over time.
-- default: run=live grain=1h from=-7d to=newest
-- example: brand=BRAND sku=SKU grain=1d from=-14d
-- columns: bucket mentions complaints negative negative_share sentiment reach reposts near_duplicates spam
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
-- columns: bucket type complaints share_of_complaints
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
-- columns: bucket channel mentions share_of_mentions
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

-- view author_trend: How many different people speak of a brand or product, and how many of them have no followers (approximate counts).
-- default: run=live sku= minutes=1440 timezone=config from=-7d to=newest
-- example: brand=BRAND minutes=60 from=-1d
-- columns: bucket mentions authors authors_without_followers complaining_authors mentions_an_author
CREATE OR REPLACE VIEW author_trend AS
SELECT
    if({minutes:UInt32} = 1440,
        toDateTime(toStartOfDay(published_at, {timezone:String}), 'UTC'),
        toDateTime(toStartOfInterval(published_at, toIntervalMinute({minutes:UInt32}), 'UTC'), 'UTC')) AS bucket,
    count()                                                     AS mentions,
    uniqIf(author_id, author_id != '')                          AS authors,
    uniqIf(author_id, author_id != '' AND followers = 0)        AS authors_without_followers,
    uniqIf(author_id, author_id != '' AND complaint)            AS complaining_authors,
    if(authors = 0, 0, countIf(author_id != '') / authors)      AS mentions_an_author
FROM mentions
WHERE run = {run:String} AND brand = {brand:String} AND if({sku:String} = '', primary, sku = {sku:String}) AND NOT spam
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
GROUP BY bucket
ORDER BY bucket;

-- view keyword_trend: The words that a brand or product is spoken of with, over time: the most frequent of each bucket.
-- default: run=live sku= minutes=1440 timezone=config from=-7d to=newest top=5
-- example: brand=BRAND
-- columns: bucket keyword mentions share_of_mentions complaint_share
CREATE OR REPLACE VIEW keyword_trend AS
SELECT
    bucket,
    keyword,
    said                    AS mentions,
    said / all_mentions     AS share_of_mentions,
    complained / said       AS complaint_share
FROM
(
    SELECT
        if({minutes:UInt32} = 1440,
            toDateTime(toStartOfDay(published_at, {timezone:String}), 'UTC'),
            toDateTime(toStartOfInterval(published_at, toIntervalMinute({minutes:UInt32}), 'UTC'), 'UTC')) AS bucket,
        arrayJoin(arrayPushBack(keywords, ''))              AS keyword,
        count()                                             AS said,
        countIf(complaint)                                  AS complained,
        maxIf(said, keyword = '') OVER (PARTITION BY bucket) AS all_mentions
    FROM mentions
    WHERE run = {run:String} AND brand = {brand:String} AND if({sku:String} = '', primary, sku = {sku:String}) AND NOT spam
        AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
    GROUP BY bucket, keyword
)
WHERE keyword != ''
ORDER BY bucket, mentions DESC, keyword
LIMIT {top:UInt32} BY bucket;

-- view brand_health: A brand by calendar quarter: volume, complaints, sentiment, incidents.
-- Incidents are those that the detectors found: trend rules tell of one crisis several times.
-- default: run=live timezone=config from=-730d to=newest
-- example: brand=BRAND
-- columns: quarter mentions complaint_share negative_share change_of_negative_share net_sentiment reach foremost_complaint incidents orange_or_red
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
    WHERE run = {run:String} AND brand = {brand:String} AND NOT startsWith(signal, 'rule:')
    GROUP BY quarter
) AS alarms USING quarter
WINDOW quarters AS (ORDER BY quarter ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER BY quarter
SETTINGS optimize_empty_string_comparisons = 0;
