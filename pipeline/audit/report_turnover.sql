-- Turnover of the month's report by creditor, service, kind of debt and house against balances of the accounts (houses:
-- against the turnover by house), row by row and in total; what is overdue against the open items.
WITH balances AS (
    SELECT creditor_id, service_code, debt_kind_code, 'opening_rub' AS measure, sum(opening_rub) AS amount
    FROM read_parquet($account_balances) GROUP BY ALL
    UNION ALL BY NAME SELECT creditor_id, service_code, debt_kind_code, 'billed_rub' AS measure, sum(billed_rub) AS amount
    FROM read_parquet($account_balances) GROUP BY ALL
    UNION ALL BY NAME SELECT creditor_id, service_code, debt_kind_code, 'paid_rub' AS measure, sum(paid_rub) AS amount
    FROM read_parquet($account_balances) GROUP BY ALL
    UNION ALL BY NAME SELECT creditor_id, service_code, debt_kind_code, 'reversed_rub' AS measure, sum(reversed_rub) AS amount
    FROM read_parquet($account_balances) GROUP BY ALL
    UNION ALL BY NAME SELECT creditor_id, service_code, debt_kind_code, 'transferred_rub' AS measure,
           sum(transferred_rub) AS amount FROM read_parquet($account_balances) GROUP BY ALL
    UNION ALL BY NAME SELECT creditor_id, service_code, debt_kind_code, 'written_off_rub' AS measure,
           sum(written_off_rub) AS amount FROM read_parquet($account_balances) GROUP BY ALL
    UNION ALL BY NAME SELECT creditor_id, service_code, debt_kind_code, 'closing_rub' AS measure, sum(closing_rub) AS amount
    FROM read_parquet($account_balances) GROUP BY ALL
    UNION ALL BY NAME SELECT creditor_id, service_code, debt_kind_code, 'overdue_rub' AS measure, sum(outstanding_rub) AS amount
    FROM read_parquet($open_items) WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 GROUP BY ALL
),
ledger AS (
    SELECT 'creditors' AS section_code, creditor_id AS row_key, measure, sum(amount) AS amount FROM balances GROUP BY ALL
    UNION ALL SELECT 'services', service_code, measure, sum(amount) FROM balances GROUP BY ALL
    UNION ALL SELECT 'kinds', debt_kind_code, measure, sum(amount) FROM balances GROUP BY ALL
    UNION ALL SELECT 'houses', house_id, 'closing_rub', sum(closing_rub) FROM read_parquet($conservation) GROUP BY ALL
    UNION ALL SELECT section_code, '', measure, sum(amount) FROM balances
        CROSS JOIN (VALUES ('creditors'), ('services'), ('kinds'), ('houses')) AS sections(section_code) GROUP BY ALL
),
told AS (
    SELECT section_code, row_key, measure, value_rub AS amount FROM read_parquet($report_figures)
    WHERE section_code IN ('creditors', 'services', 'kinds', 'houses')
      AND (section_code <> 'houses' OR is_total OR measure = 'closing_rub')
)
SELECT section_code || ': ' || row_key || ' ' || measure AS account_id,
       coalesce(told.amount, 0) - coalesce(ledger.amount, 0) AS difference_rub
FROM told FULL JOIN ledger USING (section_code, row_key, measure)
WHERE coalesce(told.amount, 0) <> coalesce(ledger.amount, 0)
ORDER BY 1
