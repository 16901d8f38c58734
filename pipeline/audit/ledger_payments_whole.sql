-- Payment by payment (credits and opening advances too): posted − reversed in the cycle
-- = movements + Δ advances + what a reversal did not find. So a reversal takes back exactly its payment.
WITH entries AS (
    SELECT payment_id, account_id, CAST(amount_rub * 100 AS HUGEINT) AS kop FROM read_parquet($posted_payments)
    UNION ALL
    SELECT r.payment_id, r.account_id, -CAST(r.amount_kop AS HUGEINT) FROM read_parquet($ledger_reversals) AS r
    ANTI JOIN read_parquet($ledger_set_aside) AS s ON s.payment_id = r.payment_id
    UNION ALL
    SELECT payment_id, account_id, -CAST(allocated_rub * 100 AS HUGEINT) FROM read_parquet($payment_allocations)
    UNION ALL
    SELECT payment_id, account_id, -CAST(amount_rub * 100 AS HUGEINT) FROM read_parquet($advances)
    UNION ALL
    SELECT payment_id, account_id, CAST(amount_rub * 100 AS HUGEINT) FROM read_parquet($state_advances)
    UNION ALL
    SELECT payment_id, candidate_account_ids[1], -CAST(amount_rub * 100 AS HUGEINT)
    FROM read_parquet($suspended_payments)
    WHERE delivery_id = 'ledger' AND suspended_id IN (SELECT reversal_id FROM read_parquet($ledger_reversals))
)
SELECT min(account_id) AS account_id, CAST(sum(kop) AS BIGINT) AS difference_kop
FROM entries GROUP BY payment_id HAVING sum(kop) <> 0
UNION ALL
-- What a corrected registry takes back lies on the account that had it, not on the one that has it now.
SELECT r.account_id, CAST(r.amount_kop AS BIGINT)
FROM read_parquet($ledger_reversals) AS r
JOIN read_parquet($posted_reversals) AS p ON p.reversal_id = r.reversal_id
WHERE p.is_correction AND p.account_id <> r.account_id
ORDER BY account_id
