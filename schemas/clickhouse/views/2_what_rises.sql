-- section: What rises

-- view brands_overview: All brands side by side, against the stretch before.
-- default: run=live grain=1h from=-7d to=newest
-- example: from=-1d
-- columns: brand mentions mentions_before complaints complaints_before negative_share negative_share_before reach
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
WHERE run = {run:String} AND sku = '' AND (sku != '') < 1 AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND bucket < {to:DateTime('UTC')}
GROUP BY brand
ORDER BY mentions DESC, brand
SETTINGS optimize_empty_string_comparisons = 0;

-- view rising_skus: Products whose complaints (or mentions) rise most against the stretch before.
-- rise is (now - before) / sqrt(now + before + 1): how many standard deviations of a steady count.
-- default: run=live brand= by=complaints grain=1h from=-1d to=newest limit=20
-- example: brand=BRAND by=mentions
-- columns: brand sku mentions mentions_before complaints complaints_before rise
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
-- columns: brand type complaints complaints_before rise
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
    WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku = '' AND (sku != '') < 1 AND grain = {grain:String}
        AND bucket >= {from:DateTime('UTC')} - dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
        AND bucket < {to:DateTime('UTC')}
    GROUP BY brand
)
ARRAY JOIN mapKeys(now_types) AS type
WHERE rise > 0
ORDER BY rise DESC, brand, type
LIMIT {limit:UInt32}
SETTINGS optimize_empty_string_comparisons = 0;

-- view rising_keywords: Words that rise most against the four stretches before (log-likelihood ratio of Dunning).
-- Where nothing was said before, all scores are 0 and the most frequent words lead.
-- default: run=live from=-1d to=newest limit=20
-- example: brand=BRAND
-- columns: keyword mentions mentions_before expected score complaint_share most_seen_post
CREATE OR REPLACE VIEW rising_keywords AS
WITH
    (
        SELECT (countIf(published_at >= {from:DateTime('UTC')}), countIf(published_at < {from:DateTime('UTC')}))
        FROM mentions
        WHERE run = {run:String} AND brand = {brand:String} AND primary AND NOT spam
            AND published_at >= {from:DateTime('UTC')} - 4 * dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
            AND published_at < {to:DateTime('UTC')}
    ) AS all_posts
SELECT
    keyword,
    countIf(published_at >= {from:DateTime('UTC')})              AS mentions,
    countIf(published_at < {from:DateTime('UTC')})               AS mentions_before,
    (mentions + mentions_before) * all_posts.1 / (all_posts.1 + all_posts.2) AS expected,
    2 * (mentions * log(mentions / expected)
        + if(mentions_before = 0, 0, mentions_before * log(mentions_before / (mentions + mentions_before - expected)))) AS score,
    countIf(complaint AND published_at >= {from:DateTime('UTC')}) / mentions AS complaint_share,
    argMaxIf(text, followers + reposts, published_at >= {from:DateTime('UTC')}) AS most_seen_post
FROM mentions
ARRAY JOIN keywords AS keyword
WHERE run = {run:String} AND brand = {brand:String} AND primary AND NOT spam
    AND published_at >= {from:DateTime('UTC')} - 4 * dateDiff('second', {from:DateTime('UTC')}, {to:DateTime('UTC')})
    AND published_at < {to:DateTime('UTC')}
GROUP BY keyword
HAVING mentions >= 3 AND (mentions > expected OR all_posts.2 = 0)
ORDER BY score DESC, mentions DESC, keyword
LIMIT {limit:UInt32};

-- view worst_skus: Products people complain of most, by the lower end of the 95 % interval of Wilson, so that few posts do not lead.
-- default: run=live brand= grain=1d from=-30d to=newest limit=20
-- example: brand=BRAND
-- columns: brand sku mentions complaints complaint_share at_least foremost_complaint
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
WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND product != 0 AND grain = {grain:String}
    AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    AND product IN
    (
        SELECT product
        FROM
        (
            SELECT product, sum(s.mentions) AS n, sum(s.complaints) / n AS share
            FROM trend_buckets AS s
            WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND product != 0 AND grain = {grain:String}
                AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
            GROUP BY product
            HAVING share > 0
        )
        ORDER BY (share + 1.9207 / n - 1.96 * sqrt(share * (1 - share) / n + 0.9604 / pow(n, 2))) / (1 + 3.8415 / n) DESC, product
        LIMIT {limit:UInt32}
    )
GROUP BY brand, sku
HAVING complaints > 0
ORDER BY at_least DESC, brand, sku
SETTINGS distributed_product_mode = 'global';
