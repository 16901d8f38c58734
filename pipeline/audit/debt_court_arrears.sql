-- The court track against what a court would take: no lump sums, no time-barred months, no months of a case already
-- filed. Every court row must equal it; not everything that a court would take is old enough for a row.
WITH owed AS (
    SELECT account_id, creditor_id, sum(outstanding_rub) AS owed_rub
    FROM read_parquet($open_items) AS item
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed
      AND charge_month IS NOT NULL AND NOT is_time_barred
      AND NOT EXISTS (
          FROM read_parquet($court_cases) AS filed
          WHERE filed.account_id = item.account_id AND filed.creditor_id = item.creditor_id
            AND item.billing_month BETWEEN filed.from_month AND filed.to_month
      )
    GROUP BY ALL
)
SELECT court.account_id, court.total_rub - coalesce(owed_rub, 0) AS difference_rub
FROM read_parquet($debtors) AS court LEFT JOIN owed USING (account_id, creditor_id)
WHERE court.track_code = 'court' AND court.total_rub IS DISTINCT FROM owed_rub
ORDER BY account_id
