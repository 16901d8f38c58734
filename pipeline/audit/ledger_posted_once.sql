-- A payment is posted again only when all that was posted under its id has been taken back (a corrected registry). Ids
-- of the whole book meet here, whatever part they are in: as hashes, eight bytes a payment.
WITH now AS (SELECT hash(payment_id) AS payment FROM read_parquet($posted_payments)),
before AS (
    SELECT payment, sum(amount_rub) AS rub
    FROM (SELECT hash(payment_id) AS payment, amount_rub FROM read_parquet($posted_before)) SEMI JOIN now USING (payment)
    GROUP BY payment
),
reversed AS (
    SELECT hash(payment_id) AS payment, sum(amount_rub) AS rub
    FROM (SELECT payment_id, amount_rub FROM read_parquet($reversed_before)
          UNION ALL SELECT payment_id, amount_rub FROM read_parquet($posted_reversals))
    GROUP BY payment
),
twice AS (SELECT payment FROM now GROUP BY payment HAVING count(*) > 1)
SELECT p.account_id, CAST(p.amount_rub * 100 AS BIGINT) AS difference_kop
FROM read_parquet($posted_payments) AS p
LEFT JOIN before AS b ON b.payment = hash(p.payment_id)
LEFT JOIN reversed AS r ON r.payment = hash(p.payment_id)
LEFT JOIN twice AS t ON t.payment = hash(p.payment_id)
WHERE t.payment IS NOT NULL OR b.rub > coalesce(r.rub, 0)
ORDER BY p.account_id
