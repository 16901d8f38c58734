-- No month of one contract, service and zone is corrected by two proposals, those of the state counted.
WITH proposals AS (
    SELECT proposal_id, account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, corrected_months
    FROM read_parquet($recalculations)
    UNION
    SELECT proposal_id, account_id, contract_id, service_code, coalesce(zone_code, ''), corrected_months
    FROM read_parquet($state_recalculations)
),
corrected AS (SELECT * EXCLUDE (corrected_months), unnest(corrected_months) AS month FROM proposals)
SELECT account_id FROM corrected
GROUP BY account_id, contract_id, service_code, zone, month HAVING count(DISTINCT proposal_id) > 1
ORDER BY account_id
