-- Volumes follow registers. An accepted register tells what it stands above the one before it: the accepted one before it in
-- the run, else that of the state, else what a meter without zones showed when it was installed, at most a year ago. Below
-- that one it tells the round of the register where it rolled over, else nothing; nothing either where the month was closed
-- already, no register came before, or the meter has no such digits. Its own month keeps the whole less the days up to it;
-- the months before share those days, counted from the end of the closed month, or from the day of installation.
-- Of each month that registers settle, the volume is the sum of these shares and of what the state had kept unbilled. Left
-- out: groups that a bill by meter missed in the cycle, or that their biller recalculated, as their months hold besides
-- what the bill was off by.
-- Registers (meter and zone) and groups are named by hashes, which join twice as fast as texts; most registers follow the
-- month before and are proven at once, only the others are looked at with their meters.
WITH accepted AS MATERIALIZED (
    SELECT account_id, meter_id, zone_code IS NULL AS is_zoneless, hash(meter_id, coalesce(zone_code, '')) AS register,
           hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group,
           charge_month, read_on, raw_value, previous_value, previous_read_on, volume, month_volume,
           list_contains(findings, 'rollover') AS is_rollover
    FROM read_parquet($consumption) WHERE verdict_code = 'accepted'
),
several AS (SELECT register FROM accepted GROUP BY register HAVING count(*) > 1),
run_before AS (
    SELECT register, charge_month, lag(raw_value) OVER own AS run_value, lag(read_on) OVER own AS run_on,
           lag(charge_month) OVER own AS run_month
    FROM accepted SEMI JOIN several USING (register)
    WINDOW own AS (PARTITION BY register ORDER BY charge_month)
),
known AS MATERIALIZED (
    SELECT accepted.*, coalesce(run_value, last_value) AS base, coalesce(run_on, last_read_on) AS base_on,
           coalesce(run_month, last_actual_month, date_trunc('month', last_read_on)::DATE) AS closed_month,
           coalesce(base = previous_value AND base_on = previous_read_on AND raw_value >= base AND volume = raw_value - base
                    AND month_volume = volume AND datediff('month', closed_month, charge_month) = 1, false) AS is_plain
    FROM accepted LEFT JOIN run_before USING (register, charge_month)
    LEFT JOIN (
        SELECT hash(meter_id, coalesce(zone_code, '')) AS register, last_value, last_read_on, last_actual_month
        FROM read_parquet($state_memory) WHERE last_value IS NOT NULL
    ) AS before USING (register)
),
odd AS (SELECT * FROM known WHERE NOT is_plain),
-- where nobody has read it, what the meter showed when it was installed
based AS (
    SELECT account_id, metered_group, charge_month, previous_value, previous_read_on, volume, month_volume, is_rollover,
           base IS NULL AND is_zoneless AND coalesce(datediff('month', installed_on, charge_month) <= 12, false) AS is_started,
           CAST(CAST(raw_value AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS raw_e7,
           CASE WHEN is_started THEN initial_value_e7 ELSE CAST(CAST(base AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) END AS base_e7,
           CASE WHEN is_started THEN installed_on ELSE base_on END AS known_on,
           CASE WHEN is_started THEN (date_trunc('month', installed_on) - INTERVAL 1 MONTH)::DATE ELSE closed_month END AS closed,
           CAST(rpad('1', 8 + greatest(1, least(11, coalesce(digits, $register_digits::INT))), '0') AS HUGEINT) AS round_e7
    FROM odd LEFT JOIN (
        SELECT meter_id, digits, installed_on, initial_value_e7 FROM read_parquet($meters) SEMI JOIN odd USING (meter_id)
    ) USING (meter_id)
),
whole AS (
    SELECT *, CASE WHEN coalesce(closed >= charge_month, false) OR raw_e7 >= round_e7 THEN NULL
                   WHEN raw_e7 >= base_e7 THEN raw_e7 - base_e7
                   WHEN is_rollover THEN raw_e7 + round_e7 - base_e7 END AS whole_e7,
           CASE WHEN is_started THEN known_on ELSE last_day(closed) END AS start_on,
           last_day(charge_month) - start_on AS all_days,
           coalesce(datediff('month', closed, charge_month) > 1, false) AS has_earlier
    FROM based
),
-- what each month holds; `has_earlier` registers tell several
months AS (
    SELECT account_id, metered_group, charge_month AS month, true AS is_own, * EXCLUDE (account_id, metered_group) FROM whole
    UNION ALL BY NAME
    SELECT account_id, metered_group, unnest(generate_series(
               closed + INTERVAL 1 MONTH, charge_month - INTERVAL 1 MONTH, INTERVAL 1 MONTH))::DATE AS month,
           false AS is_own, * EXCLUDE (account_id, metered_group)
    FROM whole WHERE has_earlier AND whole_e7 IS NOT NULL
),
shares AS (
    SELECT *, CASE WHEN NOT has_earlier THEN whole_e7 ELSE
                  (2 * whole_e7 * greatest(last_day(month) - start_on, 0) + all_days) // (2 * all_days)
                  - (2 * whole_e7 * greatest(month - 1 - start_on, 0) + all_days) // (2 * all_days) END AS share_e7
    FROM months
),
settled AS (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group, charge_month AS month,
           any_value(account_id) AS account_id, sum(actual_volume) AS actual, bool_or(settled_code = 'by_meter') AS is_by_meter
    FROM read_parquet($unconfirmed_charges) WHERE settled_code IN ('reading', 'not_counted', 'by_meter') GROUP BY ALL
),
told AS (
    SELECT metered_group, month, sum(volume) AS volume FROM (
        SELECT metered_group, charge_month AS month, volume FROM known WHERE is_plain
        UNION ALL SELECT metered_group, month, CAST(share_e7 AS DECIMAL(38, 0)) * CAST(0.0000001 AS DECIMAL(8, 7)) FROM shares
        UNION ALL SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')), charge_month, volume FROM read_parquet($state_unbilled)
    ) GROUP BY ALL
),
-- months of those groups that a meter billed, with all that was billed for them
bills AS (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group, charge_month AS month,
           sum(volume) AS billed, bool_or(basis_code = 'meter') AS has_meter, bool_or(recalculated_kop <> 0) AS is_recalculated
    FROM (
        SELECT account_id, contract_id, service_code, zone_code, charge_month, basis_code,
               CAST(volume_e7 AS DECIMAL(18, 0)) * CAST(0.0000001 AS DECIMAL(8, 7)) AS volume, recalculated_kop, document_id
        FROM read_parquet($charges) SEMI JOIN settled USING (account_id)
        WHERE batch_id IS NULL AND (basis_code IN ('meter', 'norm_uplift', 'average', 'norm') OR recalculated_kop <> 0)
        UNION ALL
        SELECT account_id, contract_id, service_code, zone_code, charge_month, basis_code,
               volume, 0, document_id
        FROM read_parquet($state_unconfirmed) WHERE settled_code IS NULL
    ) WHERE document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
    GROUP BY ALL
),
missed AS (
    SELECT bills.metered_group FROM bills LEFT JOIN told USING (metered_group, month)
    WHERE is_recalculated OR (has_meter AND billed IS DISTINCT FROM volume)
)
SELECT account_id FROM shares
WHERE is_own AND (
    CAST(CAST(previous_value AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM base_e7 OR previous_read_on IS DISTINCT FROM known_on
    OR CAST(CAST(volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM whole_e7
    OR CAST(CAST(month_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM share_e7)
UNION ALL
SELECT account_id FROM settled LEFT JOIN told USING (metered_group, month)
WHERE actual IS DISTINCT FROM volume AND (is_by_meter OR metered_group NOT IN (SELECT metered_group FROM missed))
ORDER BY account_id
