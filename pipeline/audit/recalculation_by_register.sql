-- A new proposal for months by norm names an act of its account from which the meter counts and is, counted anew: days of the month
-- from then on × volume between two registers by days × tariff of the lines, less the same days of what was charged by norm.
WITH made AS (
    SELECT * FROM read_parquet($recalculations)
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('commissioning', 'verification')
),
named AS (
    SELECT made.account_id, made.contract_id, made.service_code, proposal_id, made.charge_month, act.meter_id, effective_from,
           value_e7, installed_on, act_code = 'verified' AS is_verified,
           CASE WHEN act_code = 'verified' OR $counts_from = 'same_day' THEN effective_from
                WHEN $counts_from = 'next_day' THEN effective_from + 1 ELSE last_day(effective_from) + 1 END AS since_on,
           least(last_day(made.charge_month), CASE WHEN act_code = 'verified' THEN act.verified_until END,
                 greatest(meter.verified_until,
                          (SELECT max(passed.verified_until) FROM read_parquet($meter_acts_here) AS passed
                           WHERE passed.meter_id = act.meter_id AND passed.act_code = 'verified'
                             AND passed.effective_from <= greatest(made.charge_month, since_on))),
                 (SELECT min(trouble.effective_from) - 1 FROM read_parquet($meter_acts_here) AS trouble
                  WHERE trouble.meter_id = act.meter_id AND trouble.effective_from > act.effective_from
                    AND trouble.act_code IN ('failed', 'lost', 'replaced', 'removed', 'tampered', 'no_admission'))) AS until_on
    FROM made JOIN read_parquet($acts_looked_at) AS act USING (event_id, account_id)
    JOIN read_parquet($meters) AS meter ON meter.meter_id = act.meter_id AND meter.contract_id = made.contract_id
    WHERE act_code IN ('commissioned', 'sealed', 'verified') AND (act_code = 'verified') = (cause_code = 'verification')
),
-- the first accepted register that covers the month, from the act's own register where it names one
read AS (
    SELECT named.*, greatest(since_on, named.charge_month) AS first_on, last_day(reading.charge_month) AS end_on,
           CASE WHEN value_e7 IS NOT NULL AND previous_read_on <= effective_from THEN raw_value_e7 - value_e7 ELSE volume_e7
           END::HUGEINT AS whole_e7,
           CASE WHEN value_e7 IS NOT NULL AND previous_read_on <= effective_from THEN since_on - 1
                WHEN previous_read_on = installed_on THEN previous_read_on ELSE last_day(previous_read_on) END AS start_on
    FROM named JOIN read_parquet($readings_of_acts) AS reading USING (meter_id)
    WHERE verdict_code = 'accepted' AND reading.charge_month >= named.charge_month
      AND (last_day(previous_read_on) < named.charge_month OR previous_read_on = installed_on)
    QUALIFY row_number() OVER (PARTITION BY proposal_id ORDER BY reading.charge_month) = 1
),
-- numerators of the volume up to the end and up to the day before the first day, over the same days
shares AS (
    SELECT *, end_on - start_on AS all_days, until_on - first_on + 1 AS days, day(last_day(charge_month)) AS month_days,
           whole_e7 * greatest(until_on - start_on, 0) AS upto_end, whole_e7 * greatest(first_on - 1 - start_on, 0) AS upto_first
    FROM read
),
billed AS (
    SELECT proposal_id, CAST(sum(charged_kop) AS HUGEINT) AS charged_kop, max(tariff_e6) AS tariff_e6,
           CAST(sum(volume_e7) FILTER (charged_kop <> 0) AS HUGEINT) AS billed_e7
    FROM named JOIN read_parquet($lines_of_acts) AS line USING (account_id, contract_id, service_code, charge_month)
    WHERE batch_id IS NULL AND basis_code IN ('norm', 'norm_uplift') GROUP BY proposal_id
),
counted AS (
    SELECT proposal_id, tariff_e6,
           (2 * upto_end + all_days) // (2 * all_days) - (2 * upto_first + all_days) // (2 * all_days) AS actual_e7,
           (2 * charged_kop * days + month_days) // (2 * month_days) AS reversed_kop,
           (2 * billed_e7 * days + month_days) // (2 * month_days) AS norm_e7
    FROM shares JOIN billed USING (proposal_id) WHERE days > 0
),
priced AS (
    SELECT made.*, counted.actual_e7 - counted.norm_e7 AS expected_e7, counted.reversed_kop AS expected_reversed,
           (2 * actual_e7 * tariff_e6 + 100000000000) // 200000000000 AS expected_again
    FROM made LEFT JOIN counted USING (proposal_id)
)
SELECT account_id,
       CAST(difference_rub * 100 - coalesce(expected_again - expected_reversed, 0) AS BIGINT) AS difference_kop
FROM priced
WHERE CAST(reversed_rub * 100 AS HUGEINT) IS DISTINCT FROM expected_reversed
   OR CAST(charged_again_rub * 100 AS HUGEINT) IS DISTINCT FROM expected_again
   OR CAST(CAST(volume_difference AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM expected_e7
ORDER BY account_id
