-- Carried contracts: what an older month billed stays as it was, and what is confirmed of it grows by what this cycle's
-- readings and the biller's recalculations have settled, and by nothing else.
WITH now AS (
    SELECT contract_id, charge_month, billed_volume, metered_volume, confirmed_volume, billed_rub, metered_rub, confirmed_rub
    FROM read_parquet($contract_reads)
),
before AS (
    SELECT contract_id, charge_month, billed_volume, metered_volume, confirmed_volume, billed_rub, metered_rub, confirmed_rub
    FROM read_parquet($state_reads)
),
settled AS (
    SELECT contract_id, charge_month, sum(volume) AS volume, sum(charged_rub) AS charged_rub
    FROM read_parquet($unconfirmed_charges)
    WHERE settled_code IN ('reading', 'biller') AND basis_code <> 'meter' GROUP BY ALL
)
SELECT contract_id AS subject
FROM now LEFT JOIN before USING (contract_id, charge_month) LEFT JOIN settled USING (contract_id, charge_month)
WHERE now.confirmed_volume <> coalesce(before.confirmed_volume, 0) + coalesce(settled.volume, 0)
   OR now.confirmed_rub <> coalesce(before.confirmed_rub, 0) + coalesce(settled.charged_rub, 0)
   OR (charge_month < $month AND (before.contract_id IS NULL OR now.billed_volume <> before.billed_volume
       OR now.metered_volume <> before.metered_volume OR now.billed_rub <> before.billed_rub
       OR now.metered_rub <> before.metered_rub))
UNION ALL
SELECT contract_id FROM before ANTI JOIN now USING (contract_id, charge_month)
WHERE datediff('month', charge_month, $month) <= $longest
ORDER BY subject
