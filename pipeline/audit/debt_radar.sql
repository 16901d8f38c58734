-- The radar against the ledger: open sums that a court would take, by the last day to go there. `difference_rub` is of
-- the ninety days; a pair that only one side knows is told by the other.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
near AS (
    SELECT account_id, creditor_id, outstanding_rub, limitation_on, date_diff('day', night.on, limitation_on) AS days_left
    FROM read_parquet($open_items) AS item, night
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed
      AND charge_month IS NOT NULL AND NOT is_time_barred AND limitation_on < night.on + 90
      AND NOT EXISTS (
          FROM read_parquet($court_cases) AS filed
          WHERE filed.account_id = item.account_id AND filed.creditor_id = item.creditor_id
            AND item.billing_month BETWEEN filed.from_month AND filed.to_month
      )
),
lost AS (
    SELECT account_id, creditor_id, coalesce(sum(outstanding_rub) FILTER (days_left < 30), 0) AS in_30,
           coalesce(sum(outstanding_rub) FILTER (days_left < 60), 0) AS in_60, sum(outstanding_rub) AS in_90,
           min(limitation_on) AS first_on
    FROM near WHERE days_left < 90 GROUP BY ALL
)
SELECT account_id, coalesce(lost_in_90_days_rub, 0) - coalesce(in_90, 0) AS difference_rub
FROM lost FULL JOIN read_parquet($limitation_radar) AS told USING (account_id, creditor_id)
WHERE in_30 IS DISTINCT FROM lost_in_30_days_rub OR in_60 IS DISTINCT FROM lost_in_60_days_rub
   OR in_90 IS DISTINCT FROM lost_in_90_days_rub OR first_on IS DISTINCT FROM told.limitation_on
ORDER BY account_id
