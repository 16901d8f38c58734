-- The promise of `metering_estimates_roll` in one pass without groups: Σ amount × weight, the weight a hash of the group
-- and the basis. Where every group is right, the sums of volume and of money are 0; where one is not, they are so by a
-- chance of 2⁻³². What sums do not see is counted: months of a document whose lines have several bases, of which the
-- promise takes the first. Where anything is not 0, the query of the promise is asked, which says how groups are named.
WITH memories AS MATERIALIZED (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group, true AS is_now,
           estimated_volume, estimated_charged_rub, norm_volume, norm_charged_rub
    FROM read_parquet($meter_memory)
    UNION ALL
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')), false, estimated_volume,
           estimated_charged_rub, norm_volume, norm_charged_rub
    FROM read_parquet($state_memory)
),
unconfirmed AS MATERIALIZED (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group, basis_code,
           settled_code IS NULL AS is_open, volume, charged_rub
    FROM read_parquet($unconfirmed_charges)
),
lines AS MATERIALIZED (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group,
           hash(document_id, contract_id, service_code, coalesce(zone_code, ''), charge_month) AS billed_month,
           basis_code = 'meter' AS is_metered, basis_code = 'average' AS is_average, volume_e7, charged_kop
    FROM read_parquet($charges)
    WHERE basis_code IN ('meter', 'norm_uplift', 'average', 'norm') AND batch_id IS NULL
      AND NOT (charged_kop = 0 AND recalculated_kop <> 0)
      AND document_id NOT IN (
          SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
estimates AS MATERIALIZED (
    SELECT metered_group, billed_month, is_average, volume_e7, charged_kop
    FROM lines WHERE NOT is_metered AND metered_group IN (
        SELECT metered_group FROM memories UNION ALL SELECT metered_group FROM unconfirmed)
),
told AS (
    SELECT metered_group, is_average, CAST(volume_e7 AS DECIMAL(18, 0)) * CAST(0.0000001 AS DECIMAL(8, 7)) AS moved,
           CAST(charged_kop AS DECIMAL(18, 0)) * CAST(0.01 AS DECIMAL(3, 2)) AS moved_rub,
           CAST(0 AS DECIMAL(18, 7)) AS stated, CAST(0 AS DECIMAL(18, 2)) AS stated_rub
    FROM estimates
    UNION ALL
    SELECT metered_group, is_average, CASE WHEN is_now THEN -volume ELSE volume END,
           CASE WHEN is_now THEN -charged_rub ELSE charged_rub END, CASE WHEN is_now THEN -volume ELSE 0 END,
           CASE WHEN is_now THEN -charged_rub ELSE 0 END
    FROM (
        SELECT metered_group, is_now, true AS is_average, estimated_volume AS volume, estimated_charged_rub AS charged_rub
        FROM memories
        UNION ALL
        SELECT metered_group, is_now, false, norm_volume, norm_charged_rub FROM memories
    ) WHERE volume <> 0 OR charged_rub <> 0
    UNION ALL
    SELECT metered_group, basis_code = 'average', CASE WHEN is_open THEN 0 ELSE -volume END,
           CASE WHEN is_open THEN 0 ELSE -charged_rub END, CASE WHEN is_open THEN volume ELSE 0 END,
           CASE WHEN is_open THEN charged_rub ELSE 0 END
    FROM unconfirmed WHERE basis_code <> 'meter'
),
sums AS (
    SELECT sum(moved * weight) AS moved, sum(moved_rub * weight) AS moved_rub, sum(stated * weight) AS stated,
           sum(stated_rub * weight) AS stated_rub
    FROM (SELECT *, CAST(hash(hash(metered_group, is_average)) >> 32 AS DECIMAL(20, 0)) AS weight FROM told)
)
SELECT CAST(coalesce(moved, 0) <> 0 AS INTEGER) AS moved, CAST(coalesce(moved_rub, 0) <> 0 AS INTEGER) AS moved_rub,
       CAST(coalesce(stated, 0) <> 0 AS INTEGER) AS stated, CAST(coalesce(stated_rub, 0) <> 0 AS INTEGER) AS stated_rub,
       (SELECT count(*) FROM estimates SEMI JOIN (SELECT billed_month FROM lines WHERE is_metered) USING (billed_month))
           AS metered_too,
       (SELECT count(*) FROM estimates SEMI JOIN (SELECT billed_month FROM estimates WHERE is_average)
        USING (billed_month) WHERE NOT is_average) AS averaged_too
FROM sums
