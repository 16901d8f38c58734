-- Every doubt is of a reading of the cycle and says what that reading says; what it calls open was rejected and has nothing
-- accepted beside it; a proposal is never what was accepted unless somebody submitted it; and its effect is its own
-- arithmetic: (proposed or average volume - submitted volume) x tariff, to the kopeck, rounded half away from zero.
WITH doubts AS (SELECT * FROM read_parquet($reading_doubts)),
readings AS (
    SELECT reading_id, meter_id, coalesce(zone_code, '') AS zone, charge_month, raw_value, previous_value, verdict_code,
           findings
    FROM read_parquet($consumption)
    WHERE reading_id IN (SELECT reading_id FROM doubts) OR verdict_code = 'accepted'
),
accepted AS (
    SELECT meter_id, zone, charge_month, any_value(raw_value) AS accepted_value
    FROM readings WHERE verdict_code = 'accepted' AND meter_id IN (SELECT meter_id FROM doubts) GROUP BY ALL
),
told AS (
    SELECT doubts.*, readings.verdict_code, readings.findings, readings.raw_value AS read_value,
           accepted.accepted_value AS stands
    FROM doubts LEFT JOIN readings USING (reading_id)
    LEFT JOIN accepted ON accepted.meter_id = doubts.meter_id AND accepted.zone = coalesce(doubts.zone_code, '')
        AND accepted.charge_month = doubts.charge_month
),
-- A narrow decimal overflows when it is multiplied: all are made wide, then whole 10⁻⁷ of the unit times whole 10⁻⁶ rouble;
-- a kopeck is 10¹¹ of both.
priced AS (
    SELECT *, CAST(CAST(effect_rub AS DECIMAL(38, 2)) * 100 AS HUGEINT) AS effect_kop,
           CAST(CASE WHEN cause_code = 'over_estimate' THEN raw_value - previous_value ELSE proposed_value - raw_value END
                * 10000000 AS HUGEINT) * CAST(CAST(tariff_rub AS DECIMAL(38, 6)) * 1000000 AS HUGEINT) AS product
    FROM (SELECT * REPLACE (CAST(raw_value AS DECIMAL(38, 7)) AS raw_value,
                            CAST(previous_value AS DECIMAL(38, 7)) AS previous_value,
                            CAST(proposed_value AS DECIMAL(38, 7)) AS proposed_value) FROM told)
)
SELECT account_id FROM priced
WHERE read_value IS DISTINCT FROM raw_value
   OR NOT list_contains(findings, finding_code)
   OR is_open <> (verdict_code = 'rejected' AND stands IS NULL)
   OR accepted_value IS DISTINCT FROM stands
   OR (proposed_value IS NOT NULL AND effect_kop IS DISTINCT FROM
       (CASE WHEN product < 0 THEN -1 ELSE 1 END) * ((abs(product) + 50000000000) // 100000000000))
ORDER BY account_id
