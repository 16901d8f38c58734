-- Every overdue rouble of the notice track stands in the band of its own due date, and the bands add up to the total.
-- A band ends with the day itself: due on 12.04, on 12.05 it is still overdue up to one month.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($all_debtor_lists)),
aged AS (
    SELECT account_id, creditor_id, outstanding_rub,
           CASE WHEN night.on <= due_on + INTERVAL 1 MONTH THEN 1 WHEN night.on <= due_on + INTERVAL 3 MONTH THEN 3
                WHEN night.on <= due_on + INTERVAL 6 MONTH THEN 6 WHEN night.on <= due_on + INTERVAL 12 MONTH THEN 12
                WHEN night.on <= due_on + INTERVAL 36 MONTH THEN 36 ELSE 0 END AS band
    FROM read_parquet($open_items), night
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed
),
bands AS (
    SELECT account_id, creditor_id, sum(outstanding_rub) AS owed_rub,
           [coalesce(sum(outstanding_rub) FILTER (band = 1), 0), coalesce(sum(outstanding_rub) FILTER (band = 3), 0),
            coalesce(sum(outstanding_rub) FILTER (band = 6), 0), coalesce(sum(outstanding_rub) FILTER (band = 12), 0),
            coalesce(sum(outstanding_rub) FILTER (band = 36), 0), coalesce(sum(outstanding_rub) FILTER (band = 0), 0)] AS ages
    FROM aged GROUP BY account_id, creditor_id
),
told AS (
    SELECT *, [overdue_1_month_rub, overdue_3_months_rub, overdue_6_months_rub, overdue_12_months_rub,
               overdue_36_months_rub, overdue_longer_rub] AS ages
    FROM read_parquet($debtors)
)
SELECT told.account_id, list_sum(told.ages) - told.total_rub AS difference_rub
FROM told LEFT JOIN bands USING (account_id, creditor_id)
WHERE list_sum(told.ages) <> told.total_rub OR (told.track_code = 'notice' AND told.ages IS DISTINCT FROM bands.ages)
ORDER BY told.account_id
