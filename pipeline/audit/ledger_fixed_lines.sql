-- Money of a contract whose discount lasts pays the services that its price was counted by, for months of its term, and
-- nothing else; of a contract whose discount was over before the cycle, however long ago, no money is bound to it any more.
WITH live AS (
    SELECT account_id, contract_reference, event_id, from_month, to_month
    FROM read_parquet($advance_terms_at_start) WHERE status_code IN ('planned', 'awaits_money', 'running')
),
over AS (
    SELECT DISTINCT account_id, contract_reference
    FROM (SELECT account_id, contract_reference, status_code FROM read_parquet($advance_terms_ever))
    ANTI JOIN live USING (account_id, contract_reference)
    WHERE status_code NOT IN ('planned', 'awaits_money', 'running')
),
fixed AS (
    SELECT DISTINCT account_id, contract_reference, service_code, from_month, to_month
    FROM live JOIN read_parquet($advance_schedule_at_start) AS s USING (account_id, event_id)
    WHERE s.planned_fee_kop IS NOT NULL
),
laid AS (
    SELECT account_id, contract_reference, service_code, coalesce(charge_month, billing_month) AS month, allocated_rub
    FROM read_parquet($payment_allocations) WHERE contract_reference IS NOT NULL AND allocated_rub > 0
)
SELECT account_id, CAST(allocated_rub * 100 AS BIGINT) AS difference_kop
FROM laid SEMI JOIN fixed USING (account_id, contract_reference)
WHERE NOT EXISTS (
    SELECT 1 FROM fixed AS f
    WHERE f.account_id = laid.account_id AND f.contract_reference = laid.contract_reference
      AND f.service_code = laid.service_code AND laid.month BETWEEN f.from_month AND f.to_month)
UNION ALL
SELECT account_id, CAST(allocated_rub * 100 AS BIGINT) FROM laid SEMI JOIN over USING (account_id, contract_reference)
UNION ALL
SELECT account_id, CAST(amount_rub * 100 AS BIGINT)
FROM read_parquet($advances) SEMI JOIN over USING (account_id, contract_reference)
ORDER BY account_id
