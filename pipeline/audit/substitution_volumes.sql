-- Every substitute computed anew from the memory of the month before: the run and the average by months, the basis by the
-- length of the run, uplift only where the meter is at fault and the service bears it, a norm only where people live.
-- Decimals are never divided: a rounded average times its months lies within half a step a month.
WITH told AS (
    SELECT due.*, memory.meter_id IS NOT NULL AS is_remembered, memory.actual_months, memory.actual_volume,
           date_diff('month', coalesce(memory.last_actual_month, date_trunc('month', memory.last_read_on)), due.charge_month) AS months
    FROM read_parquet($substitute_volumes) AS due
    LEFT JOIN read_parquet($state_memory) AS memory
      ON memory.meter_id = due.meter_id AND coalesce(memory.zone_code, '') = coalesce(due.zone_code, '')
),
judged AS (
    SELECT account_id, meter_id IN (
               SELECT meter_id FROM read_parquet($meters)
               SEMI JOIN (FROM read_parquet($premises) WHERE use_code = 'non_residential') USING (premises_id)
           ) AS is_not_lived_in,
           reason_code IN ('failed', 'lost', 'verification_expired', 'tampered', 'removed', 'not_commissioned') AS is_at_fault,
           list_contains($suppliers::VARCHAR[], service_code) AS is_suppliers, list_contains($uplifted::VARCHAR[], service_code) AS is_uplifted,
           CASE WHEN list_contains($cold::VARCHAR[], service_code) THEN $cold_percent::INT ELSE $percent::INT END AS factor, told.*
    FROM told
)
SELECT account_id FROM judged
WHERE charge_month <> $month::DATE
   OR (meter_status_code = 'working' AND is_remembered AND NOT list_contains($heating::VARCHAR[], service_code) AND months IS NOT NULL
       AND run_number <> months)
   OR (basis_code = 'average' AND is_remembered AND actual_months > 0
       AND abs(volume * actual_months - actual_volume) > 0.00000005 * actual_months)
   OR (basis_code = 'average' AND reason_code IN ('few_months', 'refused_twice'))
   OR (basis_code = 'average' AND run_number > $run_max::INT AND NOT (is_at_fault AND is_suppliers))
   OR (basis_code <> 'average' AND run_number <= $run_max::INT AND reason_code NOT IN ('few_months', 'refused_twice'))
   OR (basis_code <> 'average' AND is_at_fault AND is_suppliers)
   OR (basis_code IN ('norm', 'norm_uplift') AND is_not_lived_in)
   OR (basis_code = 'average' AND is_not_lived_in AND is_at_fault AND NOT is_suppliers AND run_number > $short_run_max::INT)
   OR (missing_code = 'contract_volume' AND NOT is_not_lived_in)
   OR (is_remembered AND (reason_code = 'few_months') <> (actual_months < $months_min::INT) AND reason_code <> 'refused_twice'
       AND missing_code IS DISTINCT FROM 'history_unknown')
   OR (basis_code = 'norm_uplift') <> coalesce(uplift_percent IS NOT NULL, false)
   OR (basis_code = 'norm_uplift' AND (NOT is_uplifted OR reason_code IN ('not_submitted', 'few_months')
       OR uplift_percent <> factor
       OR abs(uplift_volume - volume * CAST(factor - 100 AS DECIMAL(5, 0)) * 0.01) > 0.0000000500))
   OR (basis_code <> 'norm_uplift' AND uplift_volume <> 0)
   OR (missing_code IS NULL) <> (basis_code IS NOT NULL AND volume IS NOT NULL)
ORDER BY account_id
