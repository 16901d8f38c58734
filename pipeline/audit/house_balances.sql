-- Each house as its meters and the lines of the cycle's documents tell it, counted once more from both.
WITH resource AS (SELECT split_part(pair, ':', 1) AS service, split_part(pair, ':', 2) AS common
                  FROM (SELECT unnest(string_split($common_services, ',')) AS pair)),
-- a meter that was taken off in an earlier month is no meter of the house any more
accepted AS (
    SELECT * FROM read_parquet($house_readings) WHERE verdict_code = 'accepted'
    QUALIFY max(charge_month) OVER (PARTITION BY meter_id) >= $month::DATE
        OR NOT coalesce(max_by(is_last, charge_month) OVER (PARTITION BY meter_id), FALSE)
),
house AS (
    SELECT house_id, service_code, count(DISTINCT meter_id) AS meters,
           sum(volume) FILTER (charge_month = $month::DATE) AS volume,
           count(DISTINCT meter_id) FILTER (charge_month = $month::DATE AND covered_months = 1) AS told
    FROM accepted GROUP BY ALL
),
contract AS (
    SELECT contract_id, any_value(house_id) AS house_id, any_value(coalesce(service, service_code)) AS service_code,
           bool_or(service IS NOT NULL) AS is_common
    FROM read_parquet($service_contracts) LEFT JOIN resource ON common = service_code GROUP BY contract_id
),
flats AS (
    SELECT house_id, contract.service_code,
           coalesce(sum(volume_e7) FILTER (NOT is_common), 0)::DECIMAL(38, 0) AS flats_e7,
           coalesce(sum(volume_e7) FILTER (NOT is_common AND basis_code = 'meter'), 0)::DECIMAL(38, 0) AS metered_e7,
           coalesce(sum(volume_e7) FILTER (is_common), 0)::DECIMAL(38, 0) AS common_e7,
           coalesce(sum(charged_kop) FILTER (NOT is_common), 0)::DECIMAL(38, 0) AS kop
    FROM read_parquet($charges) AS line JOIN contract USING (contract_id)
    WHERE line.charge_month = $month::DATE AND line.batch_id IS NULL AND line.basis_code <> 'norm_uplift'
      AND NOT (charged_kop = 0 AND recalculated_kop <> 0)
      AND document_id NOT IN (SELECT supersedes_document_id FROM read_parquet($billing_documents)
                              WHERE supersedes_document_id IS NOT NULL)
    GROUP BY ALL
),
counted AS (
    SELECT house_id, service_code, meters, volume, meters = told AS is_told, coalesce(flats_e7, 0) AS flats_e7,
           coalesce(metered_e7, 0) AS metered_e7, coalesce(common_e7, 0) AS common_e7, coalesce(kop, 0) AS kop
    FROM house LEFT JOIN flats USING (house_id, service_code)
)
SELECT coalesce(counted.house_id, told.house_id) || ' ' || coalesce(counted.service_code, told.service_code) AS subject
FROM counted FULL JOIN read_parquet($house_balances) AS told
  ON told.house_id = counted.house_id AND told.service_code = counted.service_code
WHERE counted.meters IS DISTINCT FROM told.meters
   -- eighteen digits of a volume do not bear seven more
   OR flats_e7 IS DISTINCT FROM told.flats_volume::DECIMAL(28, 7) * 10000000
   OR metered_e7 IS DISTINCT FROM told.metered_volume::DECIMAL(28, 7) * 10000000
   OR common_e7 IS DISTINCT FROM told.common_volume::DECIMAL(28, 7) * 10000000 OR kop IS DISTINCT FROM told.flats_rub * 100
   OR (is_told AND volume IS DISTINCT FROM told.house_volume)
   OR (NOT is_told AND told.outcome_code <> 'not_counted')
   OR (told.outcome_code <> 'not_counted' AND (
        told.difference_volume IS DISTINCT FROM told.house_volume - told.flats_volume - told.common_volume
        OR told.outcome_code <> CASE
            WHEN told.flats_volume > told.house_volume THEN 'flats_exceed'
            WHEN abs(told.difference_volume::DECIMAL(28, 7)) * 100
                 > told.house_volume::DECIMAL(28, 7) * $difference_percent::DECIMAL(9, 4)
            THEN 'differs' ELSE 'agrees' END))
ORDER BY subject
