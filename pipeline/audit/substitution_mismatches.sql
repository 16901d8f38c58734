-- Every bill of a service without readings is added up anew from its lines and put beside what is due: what differs is
-- told, with these very figures, and nothing else is. Only services whose meters all lack a reading are compared here.
WITH due AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, sum(volume) AS volume,
           sum(uplift_volume) AS uplift, min(basis_code) AS least, max(basis_code) AS most,
           bool_and(missing_code IS NULL) AS is_known, count(DISTINCT meter_id) AS meters
    FROM read_parquet($substitute_volumes) GROUP BY ALL
),
alone AS (
    SELECT due.* FROM due ANTI JOIN (
        SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone
        FROM read_parquet($state_unbilled) WHERE charge_month = $month::DATE
    ) AS told USING (account_id, contract_id, service_code, zone)
),
billed AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone,
           CAST(sum(volume_e7) AS DECIMAL(18, 0)) * CAST(0.0000001 AS DECIMAL(8, 7)) AS volume,
           CAST(sum(charged_kop) AS DECIMAL(18, 0)) * CAST(0.01 AS DECIMAL(3, 2)) AS charged_rub,
           bool_or(volume_e7 IS NULL) AS is_money_alone, list_distinct(list(basis_code)) AS bases
    FROM read_parquet($charges) SEMI JOIN due USING (account_id, contract_id, service_code)
    WHERE charge_month = $month::DATE AND batch_id IS NULL AND basis_code IN ('meter', 'norm_uplift', 'average', 'norm')
      AND NOT (charged_kop = 0 AND recalculated_kop <> 0)
      AND document_id NOT IN (
          SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
    GROUP BY ALL
),
told AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, due_volume, due_uplift_volume,
           billed_volume, volume_difference, tariff_rub, due_rub, charged_rub AS told_rub, difference_rub
    FROM read_parquet($substitute_mismatches)
)
SELECT told.account_id, CAST(coalesce(told.told_rub - billed.charged_rub, 0) * 100 AS BIGINT) AS difference_kop
FROM told LEFT JOIN billed USING (account_id, contract_id, service_code, zone)
WHERE billed.account_id IS NULL OR told.told_rub <> billed.charged_rub
   OR (NOT billed.is_money_alone AND told.billed_volume <> billed.volume)
   OR told.volume_difference <> told.billed_volume - told.due_volume - told.due_uplift_volume
   OR told.difference_rub <> told.told_rub - told.due_rub
   OR told.due_rub <> round(told.due_volume * told.tariff_rub, 2) + round(told.due_uplift_volume * told.tariff_rub, 2)
UNION ALL
SELECT told.account_id, 0 FROM told JOIN alone USING (account_id, contract_id, service_code, zone)
WHERE alone.is_known AND (told.due_volume <> alone.volume OR told.due_uplift_volume <> alone.uplift)
UNION ALL
-- The average is due of every meter and another basis was billed: that may not be passed over.
SELECT alone.account_id, 0 FROM alone JOIN billed USING (account_id, contract_id, service_code, zone)
ANTI JOIN told USING (account_id, contract_id, service_code, zone)
WHERE alone.least = 'average' AND alone.most = 'average' AND NOT list_contains(bases, 'average')
  AND alone.meters >= (
      SELECT count(*) FROM read_parquet($meters) AS meter
      WHERE meter.account_id = alone.account_id AND meter.contract_id = alone.contract_id
        AND meter.service_code = alone.service_code AND meter.installed_on <= last_day($month::DATE)
        AND (meter.removed_on IS NULL OR meter.removed_on > last_day($month::DATE)))
ORDER BY account_id
