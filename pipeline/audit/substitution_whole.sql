-- Every zone of a meter in place whose last accepted register lies before the month, and that no reading of the cycle
-- closes for it, is spoken of; and a working meter is spoken of only where nothing tells the month.
WITH open_accounts AS (
    SELECT account_id FROM read_parquet($accounts) WHERE closed_on IS NULL OR closed_on >= $month::DATE
),
read_now AS (
    SELECT DISTINCT hash(meter_id) AS meter FROM read_parquet($consumption)
    WHERE verdict_code = 'accepted' AND charge_month = $month::DATE
),
spoken AS (
    SELECT hash(meter_id, coalesce(zone_code, '')) AS register, hash(meter_id) AS meter, account_id, meter_status_code
    FROM read_parquet($substitute_volumes)
),
unread AS (
    SELECT meter.account_id, hash(memory.meter_id, coalesce(memory.zone_code, '')) AS register
    FROM read_parquet($state_memory) AS memory
    JOIN read_parquet($meters) AS meter USING (meter_id)
    WHERE coalesce(memory.last_actual_month, date_trunc('month', memory.last_read_on)) < $month::DATE
      AND meter.installed_on <= last_day($month::DATE)
      AND (meter.removed_on IS NULL OR meter.removed_on > last_day($month::DATE))
      AND NOT list_contains($out_of_season::VARCHAR[], meter.service_code)
      AND hash(memory.meter_id) NOT IN (SELECT meter FROM read_now)
      AND meter.meter_id NOT IN (
          SELECT meter_id FROM read_parquet($meter_acts_here) WHERE act_code IN ('removed', 'replaced'))
)
SELECT account_id FROM unread SEMI JOIN open_accounts USING (account_id) ANTI JOIN spoken USING (register)
UNION ALL
SELECT spoken.account_id FROM spoken SEMI JOIN read_now USING (meter) WHERE meter_status_code = 'working'
UNION ALL
SELECT spoken.account_id FROM spoken
JOIN read_parquet($state_memory) AS memory ON spoken.register = hash(memory.meter_id, coalesce(memory.zone_code, ''))
WHERE spoken.meter_status_code = 'working' AND memory.last_actual_month >= $month::DATE
ORDER BY account_id
