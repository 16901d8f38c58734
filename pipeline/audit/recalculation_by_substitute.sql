-- A new proposal for months by a meter that does not count names an act of its account that befell the meter in an earlier month
-- and is, counted anew: volume due × tariff + uplift due × tariff, each rounded once, less what the lines by meter charged.
WITH made AS (
    SELECT * FROM read_parquet($recalculations)
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('meter_failed', 'dismantling')
),
named AS (
    SELECT made.proposal_id, made.account_id, made.contract_id, made.service_code, coalesce(made.zone_code, '') AS zone,
           made.charge_month, act.event_id
    FROM made JOIN read_parquet($acts_looked_at) AS act USING (event_id, account_id)
    WHERE last_day(effective_from) < made.charge_month
      AND act_code IN (SELECT unnest(CASE cause_code WHEN 'meter_failed' THEN ['failed', 'lost'] ELSE ['removed', 'replaced'] END))
),
due AS (
    SELECT proposal_id, CAST(sum(volume_e7) AS HUGEINT) AS volume_e7, CAST(sum(uplift_volume_e7) AS HUGEINT) AS uplift_e7
    FROM named JOIN (SELECT *, coalesce(zone_code, '') AS zone FROM read_parquet($due_by_acts)) AS due
      USING (event_id, account_id, contract_id, service_code, zone, charge_month) GROUP BY proposal_id
),
billed AS (
    SELECT proposal_id, CAST(sum(charged_kop) AS HUGEINT) AS charged_kop, max(tariff_e6) AS tariff_e6,
           CAST(sum(volume_e7) FILTER (charged_kop <> 0) AS HUGEINT) AS billed_e7
    FROM named JOIN (SELECT *, coalesce(zone_code, '') AS zone FROM read_parquet($lines_of_acts)) AS line
      USING (account_id, contract_id, service_code, zone, charge_month)
    WHERE batch_id IS NULL AND basis_code = 'meter' GROUP BY proposal_id
),
priced AS (
    SELECT made.*, volume_e7 + uplift_e7 - billed_e7 AS expected_e7, charged_kop AS expected_reversed,
           (2 * volume_e7 * tariff_e6 + 100000000000) // 200000000000
           + (2 * uplift_e7 * tariff_e6 + 100000000000) // 200000000000 AS expected_again
    FROM made LEFT JOIN due USING (proposal_id) LEFT JOIN billed USING (proposal_id)
)
SELECT account_id,
       CAST(difference_rub * 100 - coalesce(expected_again - expected_reversed, 0) AS BIGINT) AS difference_kop
FROM priced
WHERE CAST(reversed_rub * 100 AS HUGEINT) IS DISTINCT FROM expected_reversed
   OR CAST(charged_again_rub * 100 AS HUGEINT) IS DISTINCT FROM expected_again
   OR CAST(CAST(volume_difference AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM expected_e7
ORDER BY account_id
