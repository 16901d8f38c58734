-- The cost of a lapse is three lines of money: norm and uplift less the own average, each rounded; the days are those from
-- the night of the run; and a meter in place whose verification the register ends by then is in the calendar, unless an
-- act says that it was verified again.
WITH told AS (SELECT * FROM read_parquet($verification_calendar))
SELECT account_id FROM told
WHERE days_left <> date_diff('day', $as_of::DATE, verified_until)
   OR (days_left < 0) <> (within_days = 0) OR (within_days > 0 AND days_left > within_days)
   OR lapse_cost_rub <> CASE
        WHEN list_contains($suppliers::VARCHAR[], service_code) THEN 0
        ELSE round(norm_volume * tariff_rub, 2)
             + round(round(norm_volume * CAST(coalesce(uplift_percent, 100) - 100 AS DECIMAL(5, 0)) * 0.01, 7) * tariff_rub, 2)
             - round(average_volume * tariff_rub, 2) END
   OR (lapse_cost_rub IS NULL) <> (missing_code IS NOT NULL)
UNION ALL
SELECT meter.account_id FROM read_parquet($meters) AS meter
SEMI JOIN (SELECT account_id FROM read_parquet($accounts) WHERE closed_on IS NULL OR closed_on >= $as_of::DATE) AS living
  USING (account_id)
ANTI JOIN told USING (meter_id)
WHERE meter.verified_until <= $as_of::DATE + $longest::INT AND meter.installed_on <= $as_of::DATE
  AND (meter.removed_on IS NULL OR meter.removed_on > $as_of::DATE)
  AND meter.meter_id NOT IN (SELECT meter_id FROM read_parquet($meter_acts_here) WHERE act_code = 'verified')
ORDER BY account_id
