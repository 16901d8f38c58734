-- Days are counted from the night, the cost is two lines of money less one another, and nobody is listed whose month a
-- register has closed or whose account is closed.
WITH told AS (SELECT * FROM read_parquet($reading_reminders)),
closed AS (SELECT meter_id, max(last_actual_month) AS closed_month FROM read_parquet($meter_memory) GROUP BY ALL)
SELECT told.account_id FROM told LEFT JOIN closed USING (meter_id) LEFT JOIN read_parquet($accounts) AS account USING (account_id)
WHERE told.run_on <> $as_of::DATE OR told.charge_month <> $charge_month::DATE OR told.read_by_on <> $read_by::DATE
   OR told.days_left <> date_diff('day', $as_of::DATE, $read_by::DATE) OR told.days_left > $longest::INT
   OR told.days_left > told.within_days OR NOT list_contains($terms::INT[], told.within_days)
   OR norm_cost_rub <> round(norm_volume * tariff_rub, 2) - round(average_volume * tariff_rub, 2)
   OR coalesce(closed.closed_month >= told.charge_month, FALSE)
   OR account.premises_id IS NULL OR coalesce(account.closed_on < told.charge_month, FALSE)
ORDER BY account_id
