-- A payment is posted again only when all that was posted under its id has been taken back (a corrected registry).
WITH before AS (
    SELECT payment_id, sum(amount_rub) AS rub FROM read_parquet($posted_before)
    SEMI JOIN read_parquet($posted_payments) AS now USING (payment_id) GROUP BY payment_id
),
reversed AS (
    SELECT payment_id, sum(amount_rub) AS rub
    FROM (SELECT payment_id, amount_rub FROM read_parquet($reversed_before)
          UNION ALL SELECT payment_id, amount_rub FROM read_parquet($posted_reversals))
    GROUP BY payment_id
),
twice AS (SELECT payment_id FROM read_parquet($posted_payments) GROUP BY payment_id HAVING count(*) > 1)
SELECT p.account_id, CAST(p.amount_rub * 100 AS BIGINT) AS difference_kop
FROM read_parquet($posted_payments) AS p
LEFT JOIN before AS b ON b.payment_id = p.payment_id
LEFT JOIN reversed AS r ON r.payment_id = p.payment_id
LEFT JOIN twice AS t ON t.payment_id = p.payment_id
WHERE t.payment_id IS NOT NULL OR b.rub > coalesce(r.rub, 0)
ORDER BY p.account_id
