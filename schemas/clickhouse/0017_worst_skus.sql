-- worst_skus grouped by brand and product, which the server keeps as a serialised
-- pair a row; one string of both is grouped in two thirds of the time, and stays
-- exact. Its text is read faster under LZ4, and products are most of the rows.
ALTER TABLE trend_buckets
MODIFY COLUMN sku CODEC(LZ4);

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
    AND (brand, sku) IN
    (
        SELECT splitByChar('\0', product)[1], substring(product, position(product, '\0') + 1)
        FROM
        (
            SELECT concat(brand, '\0', sku) AS product, sum(s.mentions) AS n, sum(s.complaints) / n AS share
            FROM trend_buckets AS s
            WHERE run = {run:String} AND ({brand:String} = '' OR brand = {brand:String}) AND sku != '' AND grain = {grain:String}
                AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
            GROUP BY product
            HAVING share > 0
        )
        ORDER BY (share + 1.9207 / n - 1.96 * sqrt(share * (1 - share) / n + 0.9604 / pow(n, 2))) / (1 + 3.8415 / n) DESC, product
        LIMIT {limit:UInt32}
    )
GROUP BY brand, sku
HAVING complaints > 0
ORDER BY at_least DESC, brand, sku;
