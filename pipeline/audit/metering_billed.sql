-- What a part's documents of the month bill for services with a register, and how much of it by meter: sums of the lines
-- themselves, in 10⁻⁷ of whatever unit and in kopecks. Groups are named by hashes, zones of a meter are those of its memory.
WITH memories AS (
    SELECT account_id, contract_id, service_code, meter_id, zone_code FROM read_parquet($meter_memory)
),
earlier AS (SELECT meter_id, zone_code FROM read_parquet($state_memory)),
known AS (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group FROM memories
    UNION ALL
    -- Meters gone long ago have left the memory, but the register still names them.
    SELECT hash(account_id, contract_id, service_code, coalesce(earlier.zone_code, ''))
    FROM read_parquet($meters) AS meter LEFT JOIN earlier USING (meter_id)
    WHERE meter_id NOT IN (SELECT meter_id FROM memories)
),
lines AS MATERIALIZED (
    SELECT hash(document_id, contract_id, service_code, zone_code) AS billed_group, basis_code = 'meter' AS by_meter, volume_e7, charged_kop
    FROM read_parquet($charges) SEMI JOIN known
      ON known.metered_group = hash(account_id, contract_id, service_code, coalesce(zone_code, ''))
    WHERE basis_code IN ('meter', 'average', 'norm', 'norm_uplift') AND batch_id IS NULL AND charge_month = $month
      AND NOT (charged_kop = 0 AND recalculated_kop <> 0)
      AND document_id NOT IN (
          SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
-- One document's month of a group is billed by meter as soon as one of its lines is.
metered AS (
    SELECT volume_e7, charged_kop FROM lines WHERE by_meter
    UNION ALL
    SELECT volume_e7, charged_kop FROM lines SEMI JOIN (SELECT billed_group FROM lines WHERE by_meter) AS metered USING (billed_group)
    WHERE NOT by_meter
)
SELECT *, (SELECT coalesce(sum(volume_e7), 0) FROM metered) AS metered_e7, (SELECT coalesce(sum(charged_kop), 0) FROM metered) AS metered_kop
FROM (SELECT coalesce(sum(volume_e7), 0) AS billed_e7, coalesce(sum(charged_kop), 0) AS billed_kop FROM lines)
