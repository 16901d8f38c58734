-- Houses, companies and suppliers each add up to the contracts of their charge month, service by service.
WITH whole AS (
    SELECT charge_month, service_code, sum(billed_volume) AS billed_volume, sum(metered_volume) AS metered_volume,
           sum(confirmed_volume) AS confirmed_volume, sum(billed_rub) AS billed_rub, sum(metered_rub) AS metered_rub,
           sum(confirmed_rub) AS confirmed_rub
    FROM read_parquet($contract_reads) WHERE list_contains($horizons::INTEGER[], months_since) GROUP BY ALL
),
parts AS (
    SELECT charge_month, service_code, dimension_code, sum(billed_volume) AS billed_volume,
           sum(metered_volume) AS metered_volume, sum(confirmed_volume) AS confirmed_volume,
           sum(billed_rub) AS billed_rub, sum(metered_rub) AS metered_rub, sum(confirmed_rub) AS confirmed_rub
    FROM read_parquet($read_shares) GROUP BY ALL
),
wanted AS (SELECT * FROM whole, (SELECT unnest(['house', 'company', 'supplier']) AS dimension_code))
SELECT DISTINCT service_code AS subject
FROM wanted FULL JOIN parts USING (charge_month, service_code, dimension_code)
WHERE wanted.billed_volume IS DISTINCT FROM parts.billed_volume
   OR wanted.metered_volume IS DISTINCT FROM parts.metered_volume
   OR wanted.confirmed_volume IS DISTINCT FROM parts.confirmed_volume
   OR wanted.billed_rub IS DISTINCT FROM parts.billed_rub OR wanted.metered_rub IS DISTINCT FROM parts.metered_rub
   OR wanted.confirmed_rub IS DISTINCT FROM parts.confirmed_rub
ORDER BY subject
