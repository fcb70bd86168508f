INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions, complaints, negative, neutral, positive,
    spam, late, duplicates, reach, likes, reposts, comments, sentiment_sum, complaint_types, channels)
SELECT
    run,
    brand,
    arrayJoin(if(sku = '', [''], ['', sku])),
    arrayJoin(['1m', '1h', '1d']) AS g,
    multiIf(g = '1m', toStartOfMinute(published_at), g = '1h', toStartOfHour(published_at), toDateTime(toDate(published_at, 'UTC'), 'UTC')),
    NOT spam,
    complaint AND NOT spam,
    polarity = 'negative' AND NOT spam,
    polarity = 'neutral' AND NOT spam,
    polarity = 'positive' AND NOT spam,
    spam,
    late,
    duplicate_of != '' AND NOT spam,
    if(spam, 0, followers),
    if(spam, 0, likes),
    if(spam, 0, reposts),
    if(spam, 0, m.comments),
    if(spam, 0, sentiment),
    if(complaint AND NOT spam, mapApply((k, v) -> (toString(k), toUInt64(1)), complaints), map()),
    if(spam, map(), map(toString(channel), toUInt64(1)))
FROM mentions AS m
WHERE published_at >= {from:String} AND published_at < {to:String}
SETTINGS max_partitions_per_insert_block = 0
