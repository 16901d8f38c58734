-- The promise of ledger_payments_whole in one number over the book, as ledger_look does it: a payment, its movements and
-- its reversal may lie in several parts. And what a corrected registry takes back lies on the account that had it.
WITH entries AS (
    SELECT hash(hash(payment_id)) AS payment, CAST(amount_rub * 100 AS BIGINT) AS kop FROM read_parquet($posted_payments)
    UNION ALL
    SELECT hash(hash(r.payment_id)), -CAST(r.amount_kop AS BIGINT) FROM read_parquet($ledger_reversals) AS r
    ANTI JOIN read_parquet($ledger_set_aside) AS s ON s.payment_id = r.payment_id
    UNION ALL
    SELECT hash(hash(payment_id)), -CAST(allocated_rub * 100 AS BIGINT) FROM read_parquet($payment_allocations)
    UNION ALL
    SELECT hash(hash(payment_id)), -CAST(amount_rub * 100 AS BIGINT) FROM read_parquet($advances)
    UNION ALL
    SELECT hash(hash(payment_id)), CAST(amount_rub * 100 AS BIGINT) FROM read_parquet($state_advances)
    UNION ALL
    SELECT hash(hash(payment_id)), -CAST(amount_rub * 100 AS BIGINT) FROM read_parquet($suspended_payments)
    WHERE delivery_id = 'ledger' AND suspended_id IN (SELECT reversal_id FROM read_parquet($ledger_reversals))
)
SELECT coalesce(sum(kop * CAST(payment >> 32 AS BIGINT)), 0) = 0 AND NOT EXISTS (
    SELECT 1 FROM read_parquet($ledger_reversals) AS r
    JOIN read_parquet($posted_reversals) AS p ON p.reversal_id = r.reversal_id
    WHERE p.is_correction AND p.account_id <> r.account_id
) AS holds
FROM entries
