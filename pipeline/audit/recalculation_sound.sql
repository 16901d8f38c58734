-- No new true-up rests on a register read after its meter had ceased to count: verification ended, or a trouble that nothing
-- has mended, before the month of the register (ПП 354, п. 59 «а», 81(12)).
WITH made AS (
    SELECT account_id, hash(event_id) AS event FROM read_parquet($recalculations)
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('true_up_average', 'true_up_norm')
),
read AS (
    SELECT made.account_id, meter_id, CAST(date_trunc('month', read_on) AS DATE) AS month
    FROM made JOIN (SELECT hash(reading_id) AS event, meter_id, read_on FROM read_parquet($consumption)) USING (event)
),
acts AS (SELECT meter_id, act_code, effective_from, verified_until FROM read_parquet($meter_acts_here))
SELECT read.account_id FROM read JOIN read_parquet($meters) AS meter USING (meter_id)
WHERE greatest(meter.verified_until, (
    SELECT max(passed.verified_until) FROM acts AS passed
    WHERE passed.meter_id = read.meter_id AND act_code = 'verified' AND effective_from <= last_day(month))) < month - 1
UNION ALL
SELECT read.account_id FROM read JOIN acts AS trouble USING (meter_id)
WHERE trouble.act_code IN ('failed', 'lost', 'tampered', 'no_admission') AND trouble.effective_from < month
  AND NOT EXISTS (
    SELECT 1 FROM acts AS mended
    WHERE mended.meter_id = trouble.meter_id AND mended.effective_from BETWEEN trouble.effective_from AND last_day(month)
      AND (mended.act_code = 'commissioned' OR (mended.act_code = 'installed' AND trouble.act_code = 'lost')
           OR (mended.act_code = 'sealed' AND trouble.act_code IN ('tampered', 'no_admission'))
           OR (mended.act_code = 'inspected' AND trouble.act_code = 'no_admission')))
ORDER BY 1
