-- A new proposal of a check names such an act of its account and is, counted anew: Σ over the meters of the service (register of the
-- month of the check − the last accepted one of a month before) − volume of the billers' own lines since − what other
-- proposals have corrected of these months − what bills by meter of later months charged above their own month's registers,
-- × the tariff of the month of the check, rounded once, half away from zero. The register that stands for the month of
-- the check is the one that was seen: of several the last of the latest run, told late. All meters of the service were
-- sound on its day: verified, commissioned, not removed, and not broken, lost or tampered with since that earlier register.
-- No month before it stood at another volume by another recalculation of older nights, nor its own month at another price.
WITH made AS (
    SELECT * FROM read_parquet($recalculations)
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code = 'inspection'
),
named AS (
    SELECT made.account_id, made.contract_id, made.service_code, made.proposal_id, made.charge_month,
           act.meter_id, act.value_e7, act.effective_from AS day,
           date_diff('month', DATE '2000-01-01', made.charge_month) AS month_number
    FROM made JOIN read_parquet($acts_looked_at) AS act USING (event_id, account_id)
    WHERE act_code = 'inspected' AND date_trunc('month', effective_from) = made.charge_month
),
in_place AS (
    SELECT proposal_id, meter.meter_id, installed_on, named.charge_month, month_number, value_e7, day,
           verified_until, commissioned_on, named.meter_id AS checked_id
    FROM named JOIN read_parquet($meters) AS meter USING (account_id, contract_id, service_code)
    WHERE installed_on <= last_day(named.charge_month) AND coalesce(removed_on > last_day(named.charge_month), true)
),
registers AS (
    SELECT meter_id, charge_month, raw_value_e7, volume_e7, previous_value_e7, previous_read_on, read_on
    FROM read_parquet($readings_of_acts) WHERE verdict_code = 'accepted' AND zone_code IS NULL
),
-- The register before the month is what the first one accepted in it goes on from; where that told its volume over the
-- zero of the register, the volume counts and the rest is added.
of_meter AS (
    SELECT proposal_id, in_place.meter_id, any_value(month_number) AS month_number, count(raw_value_e7) AS told,
           min(date_diff('month', DATE '2000-01-01', previous_read_on)
               - CASE WHEN previous_read_on = installed_on THEN 1 ELSE 0 END) AS closed,
           CASE WHEN meter_id = any_value(checked_id) THEN any_value(value_e7)
                ELSE last(raw_value_e7 ORDER BY read_on, previous_read_on) END
           - first(previous_value_e7 ORDER BY previous_read_on)
           + sum(coalesce(volume_e7 - (raw_value_e7 - previous_value_e7), 0)) AS seen_e7
    FROM in_place LEFT JOIN registers USING (meter_id, charge_month)
    GROUP BY proposal_id, in_place.meter_id
),
unsound AS (
    SELECT DISTINCT proposal_id
    FROM in_place LEFT JOIN (
        SELECT meter_id, min(previous_read_on) AS since_on, charge_month FROM registers GROUP BY ALL
    ) AS register USING (meter_id, charge_month)
    WHERE commissioned_on > day AND NOT EXISTS (
        FROM read_parquet($meter_acts_here) AS act
        WHERE act.meter_id = in_place.meter_id AND act_code = 'commissioned' AND effective_from <= day)
       OR verified_until < day AND NOT EXISTS (
        FROM read_parquet($meter_acts_here) AS act
        WHERE act.meter_id = in_place.meter_id AND act_code = 'verified' AND effective_from <= day
          AND act.verified_until >= day)
       OR EXISTS (
        FROM read_parquet($meter_acts_here) AS act
        WHERE act.meter_id = in_place.meter_id AND act_code IN ('failed', 'lost', 'tampered', 'removed', 'replaced')
          AND effective_from <= day AND NOT EXISTS (
            FROM read_parquet($meter_acts_here) AS mended
            WHERE mended.meter_id = act.meter_id AND mended.effective_from >= act.effective_from
              AND mended.effective_from <= CASE WHEN act.act_code IN ('removed', 'replaced') THEN day ELSE since_on END
              AND CASE WHEN act.act_code IN ('removed', 'replaced') THEN mended.act_code = 'installed'
                       ELSE mended.act_code = 'commissioned' OR act.act_code = 'lost' AND mended.act_code = 'installed'
                            OR act.act_code = 'tampered' AND mended.act_code = 'sealed' END))
),
seen AS (
    SELECT proposal_id, any_value(month_number) AS month_number, count(*) AS meters, count(*) FILTER (told > 0) AS read,
           sum(seen_e7) AS seen_e7, min(closed) AS closed
    FROM of_meter GROUP BY proposal_id
),
billed AS (
    SELECT proposal_id, sum(volume_e7) AS billed_e7,
           max(tariff_e6) FILTER (line.charge_month = named.charge_month) AS tariff_e6,
           count(DISTINCT line.charge_month) AS months
    FROM named JOIN seen USING (proposal_id)
    JOIN read_parquet($lines_of_acts) AS line USING (account_id, contract_id, service_code)
    WHERE batch_id IS NULL AND line.charge_month <= named.charge_month
      AND date_diff('month', DATE '2000-01-01', line.charge_month) > closed
    GROUP BY proposal_id
),
later_bills AS (
    SELECT proposal_id, line.charge_month, sum(volume_e7) AS billed_e7
    FROM named JOIN read_parquet($lines_of_acts) AS line USING (account_id, contract_id, service_code)
    WHERE batch_id IS NULL AND line.charge_month > named.charge_month AND basis_code = 'meter'
    GROUP BY ALL
),
later_registers AS (
    SELECT proposal_id, bill.charge_month, any_value(bill.billed_e7) AS billed_e7, sum(reading.volume_e7) AS told_e7,
           count(*) AS meters, count(reading.volume_e7) AS told
    FROM later_bills AS bill JOIN named USING (proposal_id)
    JOIN read_parquet($meters) AS meter USING (account_id, contract_id, service_code)
    LEFT JOIN registers AS reading
      ON reading.meter_id = meter.meter_id AND reading.charge_month = bill.charge_month
     AND date_trunc('month', reading.previous_read_on) = bill.charge_month - INTERVAL 1 MONTH
    WHERE installed_on <= last_day(bill.charge_month) AND coalesce(removed_on > last_day(bill.charge_month), true)
    GROUP BY ALL
),
corrections AS (
    SELECT proposal_id AS other_id, account_id, contract_id, service_code, charge_month,
           CAST(CAST(volume_difference AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS volume_e7
    FROM read_parquet($recalculations)
    WHERE cause_code IN ('true_up_average', 'true_up_norm', 'commissioning', 'verification') AND status_code <> 'rejected'
    UNION ALL
    SELECT proposal_id, account_id, contract_id, service_code, charge_month, volume_difference_e7::HUGEINT
    FROM read_parquet($proposals_of_acts) AS older
    ANTI JOIN read_parquet($recalculations) AS now USING (proposal_id)
    WHERE cause_code IN ('true_up_average', 'true_up_norm', 'commissioning', 'verification') AND status_code <> 'rejected'
),
trued_up AS (
    SELECT proposal_id, sum(volume_e7) AS trued_up_e7
    FROM named JOIN seen USING (proposal_id)
    JOIN corrections AS other USING (account_id, contract_id, service_code)
    WHERE other.charge_month <= named.charge_month AND date_diff('month', DATE '2000-01-01', other.charge_month) > closed
    GROUP BY proposal_id
),
standing AS (
    SELECT account_id, contract_id, service_code, charge_month, cause_code, status_code,
           CAST(CAST(volume_difference AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS volume_e7
    FROM read_parquet($recalculations) SEMI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    UNION ALL
    SELECT account_id, contract_id, service_code, charge_month, cause_code, status_code, volume_difference_e7::HUGEINT
    FROM read_parquet($proposals_of_acts) ANTI JOIN read_parquet($recalculations) AS now USING (proposal_id)
),
later AS (
    SELECT bill.proposal_id, sum(billed_e7 - told_e7) AS later_e7,
           bool_and(meters = told AND other.charge_month IS NULL) AS is_told
    FROM later_registers AS bill JOIN named USING (proposal_id)
    LEFT JOIN (
        SELECT DISTINCT account_id, contract_id, service_code, charge_month FROM standing
        WHERE status_code <> 'rejected' AND cause_code IN (
            'true_up_average', 'true_up_norm', 'commissioning', 'verification', 'changed_persons', 'corrected_area',
            'corrected_norm', 'corrected_tariff', 'meter_failed', 'dismantling', 'verification_lapse',
            'verification_restored')
    ) AS other ON other.account_id = named.account_id AND other.contract_id = named.contract_id
        AND other.service_code = named.service_code AND other.charge_month = bill.charge_month
    GROUP BY bill.proposal_id
),
rated_anew AS (
    SELECT DISTINCT proposal_id
    FROM named JOIN seen USING (proposal_id) JOIN standing AS other USING (account_id, contract_id, service_code)
    WHERE status_code <> 'rejected' AND cause_code IN (
        'changed_persons', 'corrected_area', 'corrected_norm', 'corrected_tariff', 'meter_failed', 'dismantling',
        'verification_lapse', 'verification_restored')
      AND other.charge_month <= named.charge_month AND date_diff('month', DATE '2000-01-01', other.charge_month) > closed
      AND (volume_e7 <> 0 OR other.charge_month = named.charge_month)
),
counted AS (
    SELECT made.*, tariff_e6,
           meters = read AND months = month_number - closed AND coalesce(is_told, true)
           AND NOT EXISTS (FROM unsound WHERE unsound.proposal_id = made.proposal_id)
           AND NOT EXISTS (FROM rated_anew WHERE rated_anew.proposal_id = made.proposal_id) AS is_whole,
           CAST(seen_e7 - billed_e7 - coalesce(trued_up_e7, 0) - coalesce(later_e7, 0) AS HUGEINT) AS expected_e7
    FROM made LEFT JOIN seen USING (proposal_id) LEFT JOIN billed USING (proposal_id)
    LEFT JOIN trued_up USING (proposal_id) LEFT JOIN later USING (proposal_id)
),
priced AS (
    SELECT *, CASE WHEN expected_e7 < 0 THEN -1 ELSE 1 END
              * ((2 * abs(expected_e7) * tariff_e6 + 100000000000) // 200000000000) AS expected_kop
    FROM counted
)
SELECT account_id, CAST(difference_rub * 100 - coalesce(expected_kop, 0) AS BIGINT) AS difference_kop
FROM priced
WHERE is_whole IS DISTINCT FROM true
   OR CAST(CAST(volume_difference AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM expected_e7
   OR CAST(difference_rub * 100 AS HUGEINT) IS DISTINCT FROM expected_kop
ORDER BY account_id
