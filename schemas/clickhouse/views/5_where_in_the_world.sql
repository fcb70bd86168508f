-- section: Where in the world

-- view by_region: A brand by region: volume, complaints, sentiment, languages.
-- default: run=live from=-30d to=newest
-- example: brand=BRAND
-- columns: region mentions complaints complaint_share negative_share mean_sentiment languages
CREATE OR REPLACE VIEW by_region AS
SELECT
    region,
    count()                                    AS mentions,
    countIf(complaint)                         AS complaints,
    complaints / mentions                      AS complaint_share,
    countIf(polarity = 'negative') / mentions  AS negative_share,
    avg(sentiment)                             AS mean_sentiment,
    groupUniqArray(10)(lang)                   AS languages
FROM mentions
WHERE run = {run:String} AND brand = {brand:String} AND primary AND NOT spam
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
GROUP BY region
ORDER BY mentions DESC, region;

-- view by_language: A brand by language: volume, complaints, sentiment, what they complain of.
-- default: run=live from=-30d to=newest
-- example: brand=BRAND
-- columns: language mentions complaints complaint_share negative_share mean_sentiment foremost_complaints
CREATE OR REPLACE VIEW by_language AS
SELECT
    lang                                       AS language,
    count()                                    AS mentions,
    countIf(m.complaint)                       AS complaints,
    complaints / mentions                      AS complaint_share,
    countIf(polarity = 'negative') / mentions  AS negative_share,
    avg(sentiment)                             AS mean_sentiment,
    topKArray(3)(mapKeys(m.complaints))        AS foremost_complaints
FROM mentions AS m
WHERE run = {run:String} AND brand = {brand:String} AND primary AND NOT spam
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
GROUP BY language
ORDER BY mentions DESC, language;
