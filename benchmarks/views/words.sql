CREATE TABLE IF NOT EXISTS words ENGINE = MergeTree ORDER BY tuple() AS
SELECT groupArray(concat(
    char(228 + h % 5, 128 + intDiv(h, 251) % 64, 128 + intDiv(h, 1000003) % 64),
    char(229 + intDiv(h, 77777777) % 4, 128 + intDiv(h, 5) % 64, 128 + intDiv(h, 123457) % 64),
    if(number % 4 = 0, char(230, 128 + intDiv(h, 251) % 64, 128 + intDiv(h, 5) % 64), ''))) AS list
FROM (SELECT number, sipHash64(number) AS h FROM numbers(20000))
