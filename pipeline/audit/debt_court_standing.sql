-- Every case of the register stands in the table once, with what the ledger holds open for its months and the principal
-- that its last act names less what was collected.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
cases AS (
    SELECT court_case_id, arg_max({'account_id': account_id, 'creditor_id': creditor_id, 'from_month': from_month, 'to_month': to_month}, (registered_at, event_id)) AS told
    FROM read_parquet($court_cases) GROUP BY ALL
),
known AS (FROM read_parquet($court_events), night WHERE event_on <= night.on),
claims AS (
    SELECT court_case_id, arg_max(principal_kop, (event_on, registered_at, event_id))
                          FILTER (event_code IN ('filed', 'ordered', 'decided', 'reduced') AND principal_kop IS NOT NULL) AS kop
    FROM known GROUP BY ALL
),
collected AS (SELECT court_case_id, sum(principal_kop) AS kop FROM known WHERE event_code = 'enforced' GROUP BY ALL),
owed AS (
    SELECT court_case_id, sum(outstanding_rub) AS rub
    FROM cases JOIN read_parquet($open_items) AS item
      ON item.account_id = told.account_id AND item.creditor_id = told.creditor_id
     AND item.billing_month BETWEEN told.from_month AND told.to_month
    WHERE debt_kind_code IN ('principal', 'capital_repair')
    GROUP BY ALL
)
SELECT coalesce(standing.account_id, told.account_id) AS account_id,
       coalesce(standing.open_rub, 0) - coalesce(owed.rub, 0) AS difference_rub
FROM cases FULL JOIN read_parquet($court_standing) AS standing USING (court_case_id)
LEFT JOIN owed USING (court_case_id) LEFT JOIN claims USING (court_case_id) LEFT JOIN collected USING (court_case_id)
WHERE standing.court_case_id IS NULL OR told IS NULL
   OR standing.open_rub <> coalesce(owed.rub, 0)
   OR standing.enforced_rub * 100 <> coalesce(collected.kop, 0)
   OR standing.claimed_rub * 100 IS DISTINCT FROM greatest(claims.kop - coalesce(collected.kop, 0), 0)
      AND claims.kop IS NOT NULL
ORDER BY account_id
