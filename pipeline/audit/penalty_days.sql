-- Every penalty again, day by day: each day of each part has its fraction, its rate and its moratorium looked up on its own,
-- from the dated values of the rule book. Parts with one due date, scale and last day share their days and are told once.
-- Numerators are kopecks × 10⁻⁴ % × (common ÷ denominator), so that nothing is rounded before the item.
WITH
-- shared: penalty_own_scales
days AS (
    SELECT CAST(unnest(generate_series(CAST($begins_on AS DATE), CAST($as_of AS DATE), INTERVAL 1 DAY)) AS DATE) AS day
),
key_rates AS (
    SELECT CAST(step->>'$[0]' AS DATE) AS valid_from, CAST(step->>'$[1]' AS BIGINT) AS value
    FROM (SELECT unnest(CAST($key_rate AS JSON[])) AS step)
),
caps AS (
    SELECT CAST(step->>'$[0]' AS DATE) AS valid_from, CAST(step->>'$[1]' AS BIGINT) AS value
    FROM (SELECT unnest(CAST($rate_cap AS JSON[])) AS step)
),
lower_of_both AS (
    SELECT CAST(step->>'$[0]' AS DATE) AS valid_from, CAST(step->>'$[1]' AS BOOLEAN) AS value
    FROM (SELECT unnest(CAST($lower_of_both AS JSON[])) AS step)
),
halted_for_all AS (
    SELECT CAST(step->>'$[0]' AS DATE) AS valid_from, CAST(step->>'$[1]' AS BOOLEAN) AS value
    FROM (SELECT unnest(CAST($halted_for_all AS JSON[])) AS step)
),
halted_for_older AS (
    SELECT CAST(step->>'$[0]' AS DATE) AS valid_from, CAST(step->>'$[1]' AS BOOLEAN) AS value
    FROM (SELECT unnest(CAST($halted_for_older AS JSON[])) AS step)
),
law AS (
    SELECT day, coalesce(halted_for_all.value, false) AS is_halted,
           CASE WHEN halted_for_older.value THEN halted_for_older.valid_from END AS halted_due_before,
           CASE WHEN CAST($fixed_rate AS BIGINT) > 0 THEN CAST($fixed_rate AS BIGINT)
                WHEN caps.valid_from IS NULL THEN key_rates.value
                WHEN lower_of_both.value THEN least(caps.value, key_rates.value) ELSE caps.value END AS rate
    FROM days
    ASOF LEFT JOIN key_rates ON days.day >= key_rates.valid_from
    ASOF LEFT JOIN caps ON days.day >= caps.valid_from
    ASOF LEFT JOIN lower_of_both ON days.day >= lower_of_both.valid_from
    ASOF LEFT JOIN halted_for_all ON days.day >= halted_for_all.valid_from
    ASOF LEFT JOIN halted_for_older ON days.day >= halted_for_older.valid_from
    -- a day without a cap any more, or without a key rate, and every day after it, bears nothing
    WHERE NOT (caps.valid_from IS NOT NULL AND caps.value IS NULL) AND key_rates.value IS NOT NULL
),
still_open AS (
    SELECT told.*, CAST($as_of AS DATE) AS counted_on, CASE WHEN debt_kind_code = 'capital_repair' THEN debt_kind_code ELSE coalesce(own_scales.scale, 'citizen') END AS scale,
           CASE WHEN told.account_id IN (SELECT account_id FROM read_parquet($penalty_exemptions)) THEN {'account_id': told.account_id, 'month': charge_month} END AS exempt
    FROM read_parquet($penalties) AS told
    LEFT JOIN own_scales ON own_scales.account_id = told.account_id AND own_scales.service_code = told.service_code
),
paid_late AS (
    SELECT late.*, paid_on AS counted_on, CASE WHEN debt_kind_code = 'capital_repair' THEN debt_kind_code ELSE coalesce(own_scales.scale, 'citizen') END AS scale,
           CASE WHEN late.account_id IN (SELECT account_id FROM read_parquet($penalty_exemptions)) THEN {'account_id': late.account_id, 'month': charge_month} END AS exempt
    FROM read_parquet($late_payments) AS late
    LEFT JOIN own_scales ON own_scales.account_id = late.account_id AND own_scales.service_code = late.service_code
    WHERE paid_rub > 0
),
classes AS (
    SELECT due_on, scale, counted_on, exempt FROM still_open WHERE outstanding_rub > 0
    UNION
    SELECT due_on, scale, counted_on, exempt FROM paid_late
),
classes_with_end AS (
    SELECT classes.*, law.rate AS rate_of_end FROM classes ASOF LEFT JOIN law ON classes.counted_on >= law.day
),
class_days AS (
    SELECT classes.*, date_diff('day', due_on, law.day) AS n,
           CASE WHEN CAST($is_one_rate AS BOOLEAN) THEN rate_of_end ELSE law.rate END AS rate
    FROM classes_with_end AS classes JOIN law ON law.day > due_on AND law.day <= counted_on
    WHERE NOT law.is_halted AND (law.halted_due_before IS NULL OR due_on >= law.halted_due_before)
      AND NOT EXISTS (
          SELECT 1 FROM read_parquet($penalty_exemptions) AS left_out WHERE left_out.account_id = classes.exempt.account_id
          -- a bankruptcy lets off what was charged by its month
          AND (reason_code <> 'bankruptcy' OR classes.exempt.month <= date_trunc('month', left_out.from_on))
          AND law.day BETWEEN left_out.from_on AND coalesce(left_out.to_on, DATE '9999-12-31'))
),
weights AS (
    SELECT due_on, scale, counted_on, exempt, sum(CAST(rate AS HUGEINT) * CASE
        WHEN scale = 'capital_repair' AND n < CAST($capital_repair_from_1 AS BIGINT) THEN 0
        WHEN scale = 'capital_repair' THEN CAST($common AS BIGINT) // CAST($capital_repair_fraction_1 AS BIGINT)
        WHEN scale = 'consumer' AND n < CAST($consumer_from_1 AS BIGINT) THEN 0
        WHEN scale = 'consumer' THEN CAST($common AS BIGINT) // CAST($consumer_fraction_1 AS BIGINT)
        WHEN scale = 'manager' AND n < CAST($manager_from_1 AS BIGINT) THEN 0
        WHEN scale = 'manager' AND n < CAST($manager_from_2 AS BIGINT) THEN CAST($common AS BIGINT) // CAST($manager_fraction_1 AS BIGINT)
        WHEN scale = 'manager' AND n < CAST($manager_from_3 AS BIGINT) THEN CAST($common AS BIGINT) // CAST($manager_fraction_2 AS BIGINT)
        WHEN scale = 'manager' THEN CAST($common AS BIGINT) // CAST($manager_fraction_3 AS BIGINT)
        -- partnerships of owners go by the days of citizens
        WHEN n < CAST($citizen_from_1 AS BIGINT) THEN 0
        WHEN n < CAST($citizen_from_2 AS BIGINT) THEN CAST($common AS BIGINT) // CAST($citizen_fraction_1 AS BIGINT)
        ELSE CAST($common AS BIGINT) // CAST($citizen_fraction_2 AS BIGINT) END) AS weight
    FROM class_days GROUP BY ALL
),
late_sums AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, paid_late.debt_kind_code, charge_month,
           sum(CAST(paid_rub * 100 AS HUGEINT) * weight) AS numerator
    FROM paid_late JOIN weights ON weights.due_on = paid_late.due_on AND weights.scale = paid_late.scale
     AND weights.counted_on = paid_late.counted_on AND weights.exempt IS NOT DISTINCT FROM paid_late.exempt
    GROUP BY ALL
),
-- What a later document has credited was never owed (penalty_credited.sql): the money of the credit on the item itself first, then
-- as much of the end. In the order of their ends the parts are kept up to what remains of them; `item` is a hash of the key.
credited AS (
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item, any_value(account_id) AS account_id,
           CAST(sum(credited_rub - least(laid_rub, credited_rub)) * 100 AS BIGINT) AS rest_kop
    FROM read_parquet($credited_charges) GROUP BY item
),
laid AS (
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item, laid_on,
           CAST(sum(least(laid_rub, credited_rub)) * 100 AS BIGINT) AS kop
    FROM read_parquet($credited_charges) WHERE laid_rub > 0 GROUP BY item, laid_on
),
credited_parts AS (
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item, due_on, scale, counted_on, exempt,
           CAST(NULL AS DATE) AS paid_on, CAST(outstanding_rub * 100 AS BIGINT) AS kop
    FROM still_open WHERE outstanding_rub > 0 AND account_id IN (SELECT account_id FROM credited)
    UNION ALL
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month), due_on, scale, counted_on, exempt,
           paid_on, CAST(paid_rub * 100 AS BIGINT)
    FROM paid_late WHERE account_id IN (SELECT account_id FROM credited)
),
owed_parts AS (
    SELECT parts.*, rest_kop, greatest(0, parts.kop - coalesce(laid.kop, 0)) AS owed_kop
    FROM credited_parts AS parts JOIN credited ON credited.item = parts.item
    LEFT JOIN laid ON laid.item = parts.item AND laid.laid_on = parts.paid_on
),
kept_parts AS (
    SELECT *, greatest(0, least(owed_kop, sum(owed_kop) OVER (PARTITION BY item) - rest_kop
              - (sum(owed_kop) OVER (PARTITION BY item ORDER BY paid_on NULLS LAST) - owed_kop))) AS kept_kop
    FROM owed_parts
),
never_owed AS (
    SELECT item, sum(CAST(kop - kept_kop AS HUGEINT) * weight) AS numerator
    FROM kept_parts AS parts JOIN weights ON weights.due_on = parts.due_on AND weights.scale = parts.scale
     AND weights.counted_on = parts.counted_on AND weights.exempt IS NOT DISTINCT FROM parts.exempt
    GROUP BY item
),
again AS (
    SELECT told.account_id, CAST(told.penalty_rub * 100 AS BIGINT) AS told_kop,
           CASE WHEN told.reason_code IS NOT NULL THEN 0
                ELSE coalesce(CAST(outstanding_rub * 100 AS HUGEINT) * weight, 0) + coalesce(late_sums.numerator, 0)
                     - coalesce(never_owed.numerator, 0)
           END AS numerator
    FROM still_open AS told
    LEFT JOIN weights ON weights.due_on = told.due_on AND weights.scale = told.scale
     AND weights.counted_on = told.counted_on AND weights.exempt IS NOT DISTINCT FROM told.exempt
    LEFT JOIN late_sums ON late_sums.account_id = told.account_id AND late_sums.document_id = told.document_id
     AND late_sums.creditor_id = told.creditor_id AND late_sums.contract_id = told.contract_id
     AND late_sums.service_code = told.service_code AND late_sums.debt_kind_code = told.debt_kind_code
     AND late_sums.charge_month IS NOT DISTINCT FROM told.charge_month
    LEFT JOIN never_owed ON never_owed.item = CASE WHEN told.account_id IN (SELECT account_id FROM credited)
        THEN hash(told.account_id, told.document_id, told.creditor_id, told.contract_id, told.service_code, told.debt_kind_code,
                  told.charge_month) END
    -- what is time-barred stands still (penalty_barred.sql)
    WHERE told.reason_code IS DISTINCT FROM 'time_barred'
)
SELECT account_id, told_kop - CAST((numerator * 2 + CAST($below AS HUGEINT)) // (CAST($below AS HUGEINT) * 2) AS BIGINT)
       AS difference_kop
FROM again
WHERE told_kop <> (numerator * 2 + CAST($below AS HUGEINT)) // (CAST($below AS HUGEINT) * 2)
ORDER BY account_id
