-- One accepted reading per meter, zone and month, counting the months that the state has closed already. Only a check of the
-- meter told late takes the place of the register that closed the state's last month, and tells no volume: not where
-- that register is the same, or was read after the check and is not below it.
WITH accepted AS (
    SELECT account_id, meter_id, coalesce(zone_code, '') AS zone, charge_month, read_on, raw_value, volume
    FROM read_parquet($consumption) WHERE verdict_code = 'accepted'
)
SELECT any_value(account_id) AS account_id FROM accepted GROUP BY meter_id, zone, charge_month HAVING count(*) > 1
UNION ALL
SELECT accepted.account_id
FROM accepted JOIN read_parquet($state_memory) AS before
  ON before.meter_id = accepted.meter_id AND coalesce(before.zone_code, '') = accepted.zone
WHERE accepted.charge_month <= before.last_actual_month
  AND NOT coalesce(
      accepted.charge_month = before.last_actual_month AND volume IS NULL AND raw_value <> before.last_value
      AND (read_on >= before.last_read_on OR raw_value > before.last_value)
      AND EXISTS (
          SELECT 1 FROM read_parquet($meter_acts_here) AS act
          WHERE act.act_code = 'inspected' AND act.meter_id = accepted.meter_id
            AND act.effective_from = accepted.read_on AND act.value_e7 = CAST(CAST(accepted.raw_value AS DECIMAL(38, 7)) * 10000000 AS HUGEINT)
      ), false)
ORDER BY account_id
