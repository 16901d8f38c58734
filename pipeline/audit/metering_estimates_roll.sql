-- Estimates of a group: memory before + billed by estimate in the cycle − settled in the cycle = memory now, in volume
-- and in money, average and norm apart; and what is open in unconfirmed_charges is what the memory says.
-- What no meter knows is left out at once (by its service, then by its group), all else is summed in one GROUP BY, zeros
-- left out. Groups (account, contract, service, zone) and months of documents are named by hashes: four texts would cost
-- twice as much. Decimals stay as they are: dividing one to make an integer of it costs more than all the rest.
WITH memories AS (
    SELECT account_id, contract_id, service_code, zone_code, 1 AS side, estimated_volume, estimated_charged_rub,
           norm_volume, norm_charged_rub
    FROM read_parquet($meter_memory)
    UNION ALL
    SELECT account_id, contract_id, service_code, zone_code, 0, estimated_volume, estimated_charged_rub,
           norm_volume, norm_charged_rub
    FROM read_parquet($state_memory)
),
unconfirmed AS MATERIALIZED (
    SELECT account_id, hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group, basis_code,
           settled_code IS NULL AS is_open, volume, charged_rub
    FROM read_parquet($unconfirmed_charges)
),
-- A service without a meter is billed by norm and remembered by nobody.
known AS (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group FROM memories
    UNION ALL
    SELECT metered_group FROM unconfirmed
),
metered_services AS (
    SELECT service_code FROM memories UNION SELECT service_code FROM read_parquet($unconfirmed_charges)
),
estimates AS (
    -- A line that only recalculates is no bill of its month.
    SELECT account_id, hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group,
           hash(document_id, contract_id, service_code, coalesce(zone_code, ''), charge_month) AS billed_month,
           basis_code, volume_e7, charged_kop
    FROM read_parquet($charges) SEMI JOIN known
      ON known.metered_group = hash(account_id, contract_id, service_code, coalesce(zone_code, ''))
    WHERE basis_code IN ('norm_uplift', 'average', 'norm') AND batch_id IS NULL
      AND service_code IN (SELECT service_code FROM metered_services)
      AND NOT (charged_kop = 0 AND recalculated_kop <> 0)
      AND document_id NOT IN (
          SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
metered AS (
    SELECT hash(document_id, contract_id, service_code, coalesce(zone_code, ''), charge_month) AS billed_month
    FROM read_parquet($charges)
    WHERE basis_code = 'meter' AND batch_id IS NULL AND NOT (charged_kop = 0 AND recalculated_kop <> 0)
),
mixed AS (SELECT billed_month FROM metered SEMI JOIN estimates USING (billed_month)),
billed AS (
    -- One document's month takes the first of its bases: meter, norm_uplift, average, norm.
    SELECT any_value(account_id) AS account_id, metered_group,
           bool_or(basis_code = 'average') AND NOT bool_or(basis_code = 'norm_uplift') AS is_average,
           coalesce(sum(volume_e7), 0) AS volume_e7, sum(charged_kop) AS charged_kop
    FROM estimates ANTI JOIN mixed USING (billed_month)
    GROUP BY billed_month, metered_group
),
remembered AS (
    SELECT account_id, hash(account_id, contract_id, service_code, coalesce(zone_code, '')) AS metered_group, side,
           is_average, volume, charged_rub
    FROM (
        SELECT *, true AS is_average, estimated_volume AS volume, estimated_charged_rub AS charged_rub FROM memories
        UNION ALL
        SELECT *, false, norm_volume, norm_charged_rub FROM memories
    ) WHERE volume <> 0 OR charged_rub <> 0
),
-- moved: before + billed − settled − now; stated: open − now
told AS (
    SELECT account_id, metered_group, is_average,
           CAST(volume_e7 AS DECIMAL(18, 0)) * CAST(0.0000001 AS DECIMAL(8, 7)) AS moved,
           CAST(charged_kop AS DECIMAL(18, 0)) * CAST(0.01 AS DECIMAL(3, 2)) AS moved_rub,
           CAST(0 AS DECIMAL(18, 7)) AS stated, CAST(0 AS DECIMAL(18, 2)) AS stated_rub
    FROM billed
    UNION ALL
    SELECT account_id, metered_group, is_average,
           CASE WHEN side = 0 THEN volume ELSE -volume END, CASE WHEN side = 0 THEN charged_rub ELSE -charged_rub END,
           CASE WHEN side = 0 THEN 0 ELSE -volume END, CASE WHEN side = 0 THEN 0 ELSE -charged_rub END
    FROM remembered
    UNION ALL
    SELECT account_id, metered_group, basis_code = 'average',
           CASE WHEN is_open THEN 0 ELSE -volume END, CASE WHEN is_open THEN 0 ELSE -charged_rub END,
           CASE WHEN is_open THEN volume ELSE 0 END, CASE WHEN is_open THEN charged_rub ELSE 0 END
    FROM unconfirmed WHERE basis_code <> 'meter'
),
broken AS MATERIALIZED (
    SELECT any_value(account_id) AS account_id, metered_group, sum(moved) AS moved, sum(moved_rub) AS moved_rub,
           sum(stated) AS stated, sum(stated_rub) AS stated_rub
    FROM told GROUP BY metered_group, is_average
    HAVING sum(moved) <> 0 OR sum(moved_rub) <> 0 OR sum(stated) <> 0 OR sum(stated_rub) <> 0
)
SELECT account_id, CAST(moved_rub * 100 AS BIGINT) AS difference_kop FROM broken WHERE moved <> 0 OR moved_rub <> 0
UNION ALL
SELECT account_id, CAST(stated_rub * 100 AS BIGINT) FROM broken WHERE stated <> 0 OR stated_rub <> 0
ORDER BY account_id
