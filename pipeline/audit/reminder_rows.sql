-- Days are counted from the night, the cost is two lines of money less one another, and nobody is listed whose month a
-- register has closed, whose account is closed, or whose meter is in trouble on the last day of the month.
WITH told AS (SELECT * FROM read_parquet($reading_reminders)),
act AS (SELECT * FROM read_parquet($meter_acts_here) WHERE effective_from <= last_day($charge_month::DATE)),
trouble AS (
    SELECT DISTINCT act.meter_id FROM act
    JOIN (VALUES ('failed', ['commissioned']), ('lost', ['commissioned', 'installed']), ('removed', ['installed']),
                 ('replaced', ['installed']), ('tampered', ['commissioned', 'sealed']), ('installed', ['commissioned']),
                 ('no_admission', ['commissioned', 'sealed', 'inspected'])) AS ends(act_code, by_codes) USING (act_code)
    LEFT JOIN read_parquet($meters) AS meter USING (meter_id)
    WHERE NOT (act_code = 'installed' AND coalesce(meter.commissioned_on <= last_day($charge_month::DATE), FALSE))
      AND NOT EXISTS (SELECT 1 FROM act AS later WHERE later.meter_id = act.meter_id
                      AND later.effective_from >= act.effective_from AND list_contains(by_codes, later.act_code))
    UNION
    SELECT meter_id FROM read_parquet($meters) AS meter
    LEFT JOIN (SELECT meter_id, max(act.verified_until) FILTER (act_code = 'verified') AS passed_until,
                      coalesce(bool_or(act_code = 'commissioned'), FALSE) AS is_commissioned
               FROM act GROUP BY ALL) AS acted USING (meter_id)
    WHERE removed_on <= last_day($charge_month::DATE)
       OR greatest(verified_until, passed_until) < last_day($charge_month::DATE)
       OR commissioned_on > last_day($charge_month::DATE) AND NOT coalesce(is_commissioned, FALSE)
),
closed AS (SELECT meter_id, max(last_actual_month) AS closed_month FROM read_parquet($meter_memory) GROUP BY ALL)
SELECT told.account_id FROM told LEFT JOIN closed USING (meter_id) LEFT JOIN read_parquet($accounts) AS account USING (account_id)
WHERE told.run_on <> $as_of::DATE OR told.charge_month <> $charge_month::DATE OR told.read_by_on <> $read_by::DATE
   OR told.days_left <> date_diff('day', $as_of::DATE, $read_by::DATE) OR told.days_left > $longest::INT
   OR told.days_left > told.within_days OR NOT list_contains($terms::INT[], told.within_days)
   OR norm_cost_rub <> round(norm_volume * tariff_rub, 2) - round(average_volume * tariff_rub, 2)
   OR coalesce(closed.closed_month >= told.charge_month, FALSE)
   OR told.meter_id IN (SELECT meter_id FROM trouble) OR account.premises_id IS NULL OR coalesce(account.closed_on < told.charge_month, FALSE)
ORDER BY account_id
