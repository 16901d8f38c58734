-- Every overdue fee of a month that has risen above the law's share of the same month a year before, or that nothing can be
-- compared with, once more from what documents charged for their own months; a document that a later one replaces does not count.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($all_debtor_lists)),
allowed AS (
    SELECT account_id, creditor_id FROM read_parquet($debtors) AS debtor
    WHERE track_code = 'notice' AND claimed_rub >= $contact_least::DECIMAL(18, 2) AND len(holds) = 0 AND overdue_longer_rub = 0
      AND NOT EXISTS (FROM read_parquet($debtors) AS court WHERE court.account_id = debtor.account_id
                      AND court.creditor_id = debtor.creditor_id AND court.track_code = 'court' AND court.stage_code <> 'none')
      AND NOT EXISTS (FROM read_parquet($instalments) AS agreed WHERE agreed.account_id = debtor.account_id
                      AND agreed.creditor_id = debtor.creditor_id AND agreed.status_code <> 'finished')
),
fees AS (
    SELECT account_id, creditor_id, service_code, billing_month, sum(outstanding_rub) AS open
    FROM read_parquet($open_items)
    SEMI JOIN (FROM read_parquet($services) WHERE class_code = 'utility') AS utility USING (service_code)
    SEMI JOIN allowed USING (account_id, creditor_id)
    WHERE debt_kind_code = 'principal' AND days_overdue > 0 AND NOT is_disputed AND charge_month = billing_month
      AND billing_month > $month::DATE - to_months($seasonal_months::INTEGER) GROUP BY ALL
),
documents AS (FROM read_parquet($fees_told) SEMI JOIN fees USING (account_id)),
monthly AS (
    SELECT account_id, service_code, billing_month, sum(fee_rub)::DECIMAL(18, 2) AS fee FROM documents
    WHERE document_id NOT IN (SELECT supersedes_document_id FROM documents WHERE supersedes_document_id IS NOT NULL) GROUP BY ALL
),
judged AS (
    SELECT fees.*, now.fee AS now, past.fee AS past,
           CASE WHEN now.fee IS NULL THEN 'not_told' WHEN coalesce(past.fee, 0) <= 0 THEN 'nothing_before'
                WHEN 100 * now.fee > (100 + $seasonal_percent::DECIMAL(9, 4)) * past.fee THEN 'risen' END AS outcome
    FROM fees
    LEFT JOIN monthly AS now USING (account_id, service_code, billing_month)
    LEFT JOIN monthly AS past ON past.account_id = fees.account_id AND past.service_code = fees.service_code
         AND past.billing_month = fees.billing_month - INTERVAL 1 YEAR
),
expected AS (
    SELECT night.on AS run_on, account_id, creditor_id, service_code, billing_month, now, past, open::DECIMAL(18, 2), outcome
    FROM judged CROSS JOIN night WHERE outcome IS NOT NULL
),
found AS (
    SELECT run_on, account_id, creditor_id, service_code, billing_month, fee_rub, before_rub, outstanding_rub, outcome_code
    FROM read_parquet($fees_compared)
)
SELECT account_id FROM ((FROM expected EXCEPT FROM found) UNION ALL (FROM found EXCEPT FROM expected)) ORDER BY account_id
