-- What the night has read of closed months is whole: every movement since the signing on an account with an agreement, and on an
-- account whose court case names penalties or duty every movement on such lines, or of a payment with which bank or bailiffs
-- have collected, since the first event of its cases. Looked up anew in the published months; nothing may be missing or made up.
WITH older AS (
    SELECT account_id, creditor_id, service_code, debt_kind_code, payment_id, billing_month, due_on, paid_at,
           (100 * allocated_rub)::BIGINT AS kop
    FROM read_parquet($movements_before, filename = true) WHERE filename LIKE '%run_month=%'
),
signed AS (SELECT account_id, min(signed_on) AS since FROM read_parquet($instalment_agreements) GROUP BY ALL),
happened AS (
    SELECT account_id, event_on, coalesce(penalty_kop, 0) > 0 OR coalesce(duty_kop, 0) > 0 AS names_costs
    FROM read_parquet($court_events) JOIN (SELECT DISTINCT court_case_id, account_id FROM read_parquet($court_cases)) USING (court_case_id)
),
costing AS (SELECT account_id, min(event_on) AS since FROM happened GROUP BY ALL HAVING bool_or(names_costs)),
collecting AS (
    SELECT DISTINCT payment_id FROM read_parquet($court_events) WHERE event_code = 'enforced' AND payment_id IS NOT NULL
),
paid AS (
    SELECT account_id, creditor_id, service_code, debt_kind_code, due_on, paid_at, kop
    FROM older JOIN signed USING (account_id) WHERE (paid_at AT TIME ZONE 'Europe/Moscow')::DATE >= since
),
paid_read AS (
    SELECT account_id, creditor_id, service_code, debt_kind_code, due_on, paid_at, allocated_kop AS kop
    FROM read_parquet($paid_before) JOIN signed USING (account_id) WHERE (paid_at AT TIME ZONE 'Europe/Moscow')::DATE >= since
),
costs AS (
    SELECT account_id, creditor_id, debt_kind_code, payment_id, paid_at, billing_month, kop
    FROM older JOIN costing USING (account_id)
    WHERE (paid_at AT TIME ZONE 'Europe/Moscow')::DATE >= since
      AND (debt_kind_code IN ('penalty', 'court_cost') OR payment_id IN (FROM collecting))
),
costs_read AS (
    SELECT account_id, creditor_id, debt_kind_code, payment_id, paid_at, billing_month, allocated_kop AS kop
    FROM read_parquet($costs_paid_before) JOIN costing USING (account_id)
    WHERE (paid_at AT TIME ZONE 'Europe/Moscow')::DATE >= since
)
SELECT account_id, -kop / 100 AS difference_rub FROM (FROM paid EXCEPT ALL FROM paid_read)
UNION ALL SELECT account_id, kop / 100 FROM (FROM paid_read EXCEPT ALL FROM paid)
UNION ALL SELECT account_id, -kop / 100 FROM (FROM costs EXCEPT ALL FROM costs_read)
UNION ALL SELECT account_id, kop / 100 FROM (FROM costs_read EXCEPT ALL FROM costs)
ORDER BY account_id
