-- Estimates of a group: memory before + billed by estimate in the cycle − settled in the cycle = memory now, in volume
-- and in money, average and norm apart; and what is open in unconfirmed_charges is what the memory says.
-- A product of DECIMAL(18, 7) stays as wide and overflows from 10,000 units on, so volumes are widened first.
WITH billed AS (
    -- One document's month takes the first of its bases; a line that only recalculates is no bill of its month.
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone,
           CASE min(list_position(['meter', 'norm_uplift', 'average', 'norm'], basis_code))
               WHEN 1 THEN 'meter' WHEN 3 THEN 'average' ELSE 'norm' END AS kind,
           coalesce(sum(volume_e7), 0) AS volume_e7, sum(charged_kop) AS charged_kop
    FROM read_parquet($charges)
    WHERE basis_code IN ('meter', 'norm_uplift', 'average', 'norm') AND batch_id IS NULL
      AND NOT (charged_kop = 0 AND recalculated_kop <> 0)
      AND document_id NOT IN (
          SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
    GROUP BY account_id, contract_id, service_code, zone, charge_month, document_id
),
unconfirmed AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, settled_code,
           CASE basis_code WHEN 'average' THEN 'average' WHEN 'meter' THEN 'meter' ELSE 'norm' END AS kind,
           CAST(CAST(volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS volume_e7,
           CAST(charged_rub * 100 AS HUGEINT) AS charged_kop
    FROM read_parquet($unconfirmed_charges)
),
memories AS (
    SELECT *, coalesce(zone_code, '') AS zone, 1 AS side FROM read_parquet($meter_memory)
    UNION ALL BY NAME
    SELECT *, coalesce(zone_code, '') AS zone, 0 AS side FROM read_parquet($state_memory)
),
remembered AS (
    SELECT account_id, contract_id, service_code, zone, side, 'average' AS kind,
           CAST(CAST(estimated_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS volume_e7,
           CAST(estimated_charged_rub * 100 AS HUGEINT) AS charged_kop
    FROM memories
    UNION ALL
    SELECT account_id, contract_id, service_code, zone, side, 'norm',
           CAST(CAST(norm_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT), CAST(norm_charged_rub * 100 AS HUGEINT)
    FROM memories
),
known AS (
    SELECT account_id, contract_id, service_code, zone FROM remembered
    UNION
    SELECT account_id, contract_id, service_code, zone FROM unconfirmed
),
moved AS (
    SELECT account_id, contract_id, service_code, zone, kind, volume_e7, charged_kop FROM remembered WHERE side = 0
    UNION ALL
    SELECT account_id, contract_id, service_code, zone, kind, volume_e7, charged_kop
    FROM billed AS bills SEMI JOIN known USING (account_id, contract_id, service_code, zone)
    UNION ALL
    SELECT account_id, contract_id, service_code, zone, kind, -volume_e7, -charged_kop
    FROM unconfirmed WHERE settled_code IS NOT NULL
    UNION ALL
    SELECT account_id, contract_id, service_code, zone, kind, -volume_e7, -charged_kop FROM remembered WHERE side = 1
),
stated AS (
    SELECT account_id, contract_id, service_code, zone, kind, volume_e7, charged_kop
    FROM unconfirmed WHERE settled_code IS NULL
    UNION ALL
    SELECT account_id, contract_id, service_code, zone, kind, -volume_e7, -charged_kop FROM remembered WHERE side = 1
),
broken AS (
    SELECT account_id, sum(volume_e7) AS volume_e7, sum(charged_kop) AS charged_kop FROM moved WHERE kind <> 'meter'
    GROUP BY account_id, contract_id, service_code, zone, kind
    UNION ALL
    SELECT account_id, sum(volume_e7), sum(charged_kop) FROM stated WHERE kind <> 'meter'
    GROUP BY account_id, contract_id, service_code, zone, kind
)
SELECT account_id, CAST(charged_kop AS BIGINT) AS difference_kop FROM broken
WHERE volume_e7 <> 0 OR charged_kop <> 0
ORDER BY account_id
