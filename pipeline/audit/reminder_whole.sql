-- A remembered meter in place, verified beyond the month, of an open account and without an act, whose last register
-- closed an earlier month, is listed; months of no use of a service leave it out.
SELECT DISTINCT meter.account_id FROM read_parquet($meters) AS meter
JOIN (SELECT meter_id, max(last_actual_month) AS closed_month FROM read_parquet($meter_memory)
      GROUP BY ALL HAVING count(last_actual_month) = count(*)) AS remembered USING (meter_id)
SEMI JOIN (SELECT account_id FROM read_parquet($accounts) WHERE closed_on IS NULL OR closed_on >= $charge_month::DATE)
  AS living USING (account_id)
ANTI JOIN read_parquet($reading_reminders) AS told USING (meter_id)
ANTI JOIN read_parquet($meter_acts_here) AS act USING (meter_id)
WHERE $is_asked::BOOLEAN AND remembered.closed_month < $charge_month::DATE AND meter.installed_on <= $charge_month::DATE
  AND coalesce(meter.commissioned_on <= $charge_month::DATE, TRUE) AND meter.removed_on IS NULL
  AND coalesce(meter.verified_until > last_day($charge_month::DATE), TRUE)
  AND NOT list_contains($out_of_season::VARCHAR[], meter.service_code)
ORDER BY account_id
