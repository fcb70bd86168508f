-- section: Inside a surge

-- view first_posts: The first posts of a surge: complaints and negative posts in order of appearance.
-- default: run=live sku= type= from=-1d to=newest limit=20
-- example: brand=BRAND sku=SKU from=CRISIS
-- columns: published_at channel post_id author_id followers reposts sentiment complaint_types text
CREATE OR REPLACE VIEW first_posts AS
SELECT
    published_at,
    channel,
    post_id,
    author_id,
    followers,
    reposts,
    round(m.sentiment, 3)   AS sentiment,
    mapKeys(m.complaints)   AS complaint_types,
    text
FROM mentions AS m
WHERE run = {run:String} AND brand = {brand:String} AND if({sku:String} = '', primary, sku = {sku:String}) AND NOT spam
    AND (complaint OR polarity = 'negative') AND ({type:String} = '' OR mapContains(complaints, {type:String}))
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
ORDER BY published_at, channel, post_id
LIMIT {limit:UInt32};

-- view most_reposted: Posts that spread most: reposts counted by the channel and copies found by their text.
-- default: run=live sku= from=-1d to=newest limit=20
-- example: brand=BRAND from=CRISIS
-- columns: first_at first_channel post most_reposts copies spread reach complaint_share first_text
CREATE OR REPLACE VIEW most_reposted AS
SELECT
    min(published_at)                       AS first_at,
    argMin(channel, published_at)           AS first_channel,
    if(duplicate_of = '', post_id, duplicate_of) AS post,
    max(reposts)                            AS most_reposts,
    count() - 1                             AS copies,
    most_reposts + copies                   AS spread,
    sum(followers)                          AS reach,
    countIf(complaint) / count()            AS complaint_share,
    argMin(text, published_at)              AS first_text
FROM mentions
WHERE run = {run:String} AND brand = {brand:String} AND if({sku:String} = '', primary, sku = {sku:String}) AND NOT spam
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
GROUP BY post
HAVING spread > 0
ORDER BY spread DESC, first_at, post
LIMIT {limit:UInt32};

-- view propagation: Through which channels complaints spread, in order of arrival.
-- default: run=live sku= type= from=-3d to=newest
-- example: brand=BRAND sku=SKU from=CRISIS
-- columns: channel first_at minutes_after_first complaints peak_hour at_peak reach first_post first_text
CREATE OR REPLACE VIEW propagation AS
SELECT
    channel,
    min(hour_first)                                              AS first_at,
    dateDiff('minute', min(first_at) OVER (), first_at)          AS minutes_after_first,
    sum(n)                                                       AS complaints,
    argMax(hour, (n, -toUnixTimestamp(hour)))                    AS peak_hour,
    max(n)                                                       AS at_peak,
    sum(hour_reach)                                              AS reach,
    argMin(hour_post, hour_first)                                AS first_post,
    argMin(hour_text, hour_first)                                AS first_text
FROM
(
    SELECT
        channel,
        toStartOfHour(published_at)   AS hour,
        count()                       AS n,
        min(published_at)             AS hour_first,
        sum(followers)                AS hour_reach,
        argMin(post_id, published_at) AS hour_post,
        argMin(text, published_at)    AS hour_text
    FROM mentions
    WHERE run = {run:String} AND brand = {brand:String} AND if({sku:String} = '', primary, sku = {sku:String}) AND NOT spam
        AND complaint AND ({type:String} = '' OR mapContains(complaints, {type:String}))
        AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
    GROUP BY channel, hour
)
GROUP BY channel
ORDER BY first_at, channel;

-- view duplicate_floods: Texts that were posted again and again, with signs of an organised campaign.
-- Spam is in: campaigns are made of it.
-- default: run=live from=-3d to=newest copies=5 limit=20
-- example: brand=BRAND copies=3
-- columns: first_post posts authors share_without_followers channels first_at last_at minutes negative_share first_text
CREATE OR REPLACE VIEW duplicate_floods AS
SELECT
    if(duplicate_of = '', post_id, duplicate_of)    AS first_post,
    count()                                         AS posts,
    uniqExact(author_id)                            AS authors,
    countIf(followers = 0) / posts                  AS share_without_followers,
    groupUniqArray(20)(channel)                     AS channels,
    min(published_at)                               AS first_at,
    max(published_at)                               AS last_at,
    dateDiff('minute', first_at, last_at)           AS minutes,
    countIf(polarity = 'negative') / posts          AS negative_share,
    argMin(text, published_at)                      AS first_text
FROM mentions
WHERE run = {run:String} AND brand = {brand:String} AND primary
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
GROUP BY first_post
HAVING posts > {copies:UInt32}
ORDER BY posts DESC, first_at
LIMIT {limit:UInt32};

-- view top_authors: Authors whose posts carry furthest, and what they think.
-- default: run=live from=-7d to=newest limit=20
-- example: brand=BRAND
-- columns: author_id most_followers posts complaints negative_share reposted channels most_reposted_text
CREATE OR REPLACE VIEW top_authors AS
SELECT
    author_id,
    max(followers)                          AS most_followers,
    count()                                 AS posts,
    countIf(complaint)                      AS complaints,
    countIf(polarity = 'negative') / posts  AS negative_share,
    sum(reposts)                            AS reposted,
    groupUniqArray(10)(channel)             AS channels,
    argMax(text, reposts)                   AS most_reposted_text
FROM mentions
WHERE run = {run:String} AND brand = {brand:String} AND primary AND NOT spam AND author_id != ''
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
GROUP BY author_id
ORDER BY most_followers DESC, reposted DESC, author_id
LIMIT {limit:UInt32};

-- view search_posts: Posts that hold some words, the newest first (full text).
-- Spam is in.
-- default: run=live from=-7d to=newest limit=20
-- example: brand=BRAND words=客服
-- columns: published_at sku channel post_id polarity complaint followers text
CREATE OR REPLACE VIEW search_posts AS
SELECT
    published_at,
    sku,
    channel,
    post_id,
    polarity,
    complaint,
    followers,
    text
FROM mentions
WHERE run = {run:String} AND brand = {brand:String} AND primary AND positionCaseInsensitiveUTF8(text, {words:String}) > 0
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
ORDER BY published_at DESC, channel, post_id
LIMIT {limit:UInt32};
