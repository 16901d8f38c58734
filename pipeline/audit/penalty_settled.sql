-- A settled item that is told again is one that a closed month settled: before is what was told of it last, its late payments are
-- those of that month, and the change is not nothing. Nothing else that was settled before this month is told.
WITH told AS (
    SELECT *, regexp_extract(filename, 'run_month=([0-9-]+)', 1) AS run_month
    FROM read_parquet($penalties_before, filename = true) WHERE filename LIKE '%run_month=%'
),
last AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, coalesce(charge_month, DATE '1900-01-01') AS month,
           arg_max({'rub': penalty_rub, 'open': outstanding_rub, 'run_month': run_month}, run_month) AS last
    FROM told GROUP BY ALL
),
again AS (
    SELECT *, coalesce(charge_month, DATE '1900-01-01') AS month FROM read_parquet($penalties)
    SEMI JOIN (SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code,
                      coalesce(charge_month, DATE '1900-01-01') AS month FROM read_parquet($penalties_settled)) AS settled
    USING (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code)
),
paid AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, coalesce(charge_month, DATE '1900-01-01') AS month,
           sum(CAST(paid_rub * 100 AS BIGINT) * epoch(paid_on)::HUGEINT) AS kop_days
    FROM read_parquet($late_payments) GROUP BY ALL
),
paid_before AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, coalesce(charge_month, DATE '1900-01-01') AS month,
           regexp_extract(filename, 'run_month=([0-9-]+)', 1) AS run_month,
           sum(CAST(paid_rub * 100 AS BIGINT) * epoch(paid_on)::HUGEINT) AS kop_days
    FROM read_parquet($late_before, filename = true) WHERE filename LIKE '%run_month=%' GROUP BY ALL
)
SELECT again.account_id, CAST(100 * (again.before_rub - coalesce(last.rub, 0)) AS BIGINT) AS difference_kop
FROM again
LEFT JOIN last USING (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, month)
LEFT JOIN paid USING (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, month)
LEFT JOIN paid_before ON paid_before.account_id = again.account_id AND paid_before.document_id = again.document_id
 AND paid_before.creditor_id = again.creditor_id AND paid_before.contract_id = again.contract_id
 AND paid_before.service_code = again.service_code AND paid_before.debt_kind_code = again.debt_kind_code
 AND paid_before.month = again.month AND paid_before.run_month = last.run_month
WHERE last IS NULL OR last.open <> 0 OR last.rub <> again.before_rub OR again.change_rub = 0 OR again.outstanding_rub <> 0
   OR paid.kop_days IS DISTINCT FROM paid_before.kop_days
ORDER BY again.account_id
