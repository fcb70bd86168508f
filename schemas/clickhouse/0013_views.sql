-- Days begin in the time zone of the config, as those of the trends do.

-- view author_trend: How many different people speak, and how many of them have no followers (approximate counts).
-- default: run=live minutes=1440 timezone=config from=-7d to=newest
-- example: brand=BRAND minutes=60 from=-1d
CREATE OR REPLACE VIEW author_trend AS
SELECT
    if({minutes:UInt32} = 1440,
        toDateTime(toStartOfDay(published_at, {timezone:String}), 'UTC'),
        toDateTime(toStartOfInterval(published_at, toIntervalMinute({minutes:UInt32}), 'UTC'), 'UTC')) AS begin,
    count()                                                     AS mentions,
    uniqIf(author_id, author_id != '')                          AS authors,
    uniqIf(author_id, author_id != '' AND followers = 0)        AS without_followers,
    uniqIf(author_id, author_id != '' AND complaint)            AS complaining,
    if(authors = 0, 0, countIf(author_id != '') / authors)      AS mentions_an_author
FROM mentions
WHERE run = {run:String} AND brand = {brand:String} AND primary AND NOT spam
    AND published_at >= {from:DateTime('UTC')} AND published_at < {to:DateTime('UTC')}
GROUP BY begin
ORDER BY begin;
