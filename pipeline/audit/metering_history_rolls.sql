-- The history that averages are taken over rolls forward: months and volume of the state, those of the last meter read at the
-- point where a register is new, and what each accepted register of the run tells, one after another. Of heating only
-- months of its season count. Beyond the longest history every month gives up its equal part, rounded in whole 10⁻⁷.
-- Registers (meter and zone) are named by hashes, which join twice as fast as texts. Most were read for one month or not at
-- all: these are proven at once with decimals as they are, as making integers of them costs more than all the rest.
WITH accepted AS (
    SELECT hash(meter_id, coalesce(zone_code, '')) AS register, meter_id, charge_month, volume
    FROM read_parquet($consumption) WHERE verdict_code = 'accepted'
),
before AS (
    SELECT hash(meter_id, coalesce(zone_code, '')) AS register, true AS is_remembered, actual_months AS months_before,
           actual_volume AS volume_before,
           CASE WHEN last_value IS NOT NULL THEN coalesce(last_actual_month, date_trunc('month', last_read_on)::DATE) END AS last_month
    FROM read_parquet($state_memory)
),
read AS (
    SELECT register, count(*) AS readings, any_value(charge_month) AS month, any_value(volume) AS volume
    FROM accepted GROUP BY register
),
now AS MATERIALIZED (
    SELECT account_id, service_point_id, zone_code, hash(meter_id, coalesce(zone_code, '')) AS register, actual_months, actual_volume,
           list_contains($heating::VARCHAR[], service_code) AS is_heating,
           CASE WHEN is_heating THEN len($season::INT[]) ELSE $longest::INT END AS longest,
           is_remembered, months_before, volume_before, last_month, readings,
           coalesce(CASE
               WHEN readings IS NULL OR (readings = 1 AND volume IS NULL)
                   THEN actual_months = months_before AND actual_volume = volume_before
               WHEN readings > 1 OR is_heating OR datediff('month', last_month, month) <> 1 THEN false
               WHEN months_before < longest THEN actual_months = months_before + 1 AND actual_volume = volume_before + volume
               ELSE actual_months = longest
                    AND (volume_before + volume) * longest - actual_volume * (months_before + 1) > -0.00000005 * (months_before + 1)
                    AND (volume_before + volume) * longest - actual_volume * (months_before + 1) <= 0.00000005 * (months_before + 1)
           END, false) AS is_plain
    FROM (
        SELECT account_id, service_point_id, meter_id, zone_code, service_code, actual_months, actual_volume,
               hash(meter_id, coalesce(zone_code, '')) AS register FROM read_parquet($meter_memory)
    ) AS memory LEFT JOIN before USING (register) LEFT JOIN read USING (register)
),
odd AS MATERIALIZED (FROM now WHERE NOT is_plain),
-- few: each register of the run in its order
told AS (
    SELECT accepted.register, meter_id, charge_month, is_heating, longest,
           CAST(CAST(volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS volume_e7,
           coalesce(lag(charge_month) OVER (PARTITION BY accepted.register ORDER BY charge_month), last_month) AS closed_month
    FROM accepted JOIN odd USING (register)
),
started AS (
    SELECT register, charge_month, (date_trunc('month', installed_on) - INTERVAL 1 MONTH)::DATE AS month_before
    FROM read_parquet($meters) JOIN (FROM told WHERE closed_month IS NULL) USING (meter_id)
),
steps AS (
    SELECT register, charge_month, volume_e7, longest, coalesce(closed_month, month_before) AS closed,
           CASE WHEN NOT is_heating THEN datediff('month', closed, charge_month)
                ELSE len(list_filter(generate_series(closed + INTERVAL 1 MONTH, charge_month::TIMESTAMP, INTERVAL 1 MONTH),
                                     lambda one: list_contains($season::INT[], month(one)))) END AS months
    FROM told LEFT JOIN started USING (register, charge_month) WHERE volume_e7 IS NOT NULL
),
of_points AS (
    SELECT odd.register, memory.actual_months, memory.actual_volume
    FROM odd JOIN read_parquet($state_memory) AS memory
      ON memory.service_point_id = odd.service_point_id AND memory.zone_code IS NOT DISTINCT FROM odd.zone_code
    WHERE odd.is_remembered IS NULL AND last_read_on IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY odd.register ORDER BY last_read_on DESC, meter_id DESC) = 1
),
starts AS (
    SELECT register, coalesce(months_before, of_points.actual_months, 0) AS months,
           CAST(CAST(coalesce(volume_before, of_points.actual_volume, 0) AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS volume_e7
    FROM odd LEFT JOIN of_points USING (register)
),
ordered AS (
    SELECT register, any_value(longest)::BIGINT AS longest,
           list({'months': months::BIGINT, 'volume': volume_e7} ORDER BY charge_month) AS steps FROM steps GROUP BY register
),
ended AS (
    SELECT register, list_reduce(
               list_prepend({'months': months::BIGINT, 'volume': volume_e7}, coalesce(steps, [])),
               lambda upto, one: {
                   'months': least(upto.months + one.months, longest),
                   'volume': CASE WHEN upto.months + one.months <= longest THEN upto.volume + one.volume
                                  ELSE (2 * (upto.volume + one.volume) * longest + upto.months + one.months)
                                       // (2 * (upto.months + one.months)) END}) AS history
    FROM starts LEFT JOIN ordered USING (register)
)
SELECT account_id FROM odd JOIN ended USING (register)
WHERE actual_months <> history.months OR CAST(CAST(actual_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) <> history.volume
ORDER BY account_id
