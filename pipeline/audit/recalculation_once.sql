-- No month of one contract, service and zone is corrected by two proposals, those of the state counted.
WITH now AS (
    SELECT proposal_id, account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, corrected_months
    FROM read_parquet($recalculations)
),
before AS (
    SELECT proposal_id, account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, corrected_months
    FROM read_parquet($state_recalculations)
),
-- A proposal that is carried as it was stands once.
proposals AS (
    SELECT * FROM now UNION ALL SELECT * FROM before ANTI JOIN now USING (proposal_id, corrected_months)
),
corrected AS (SELECT * EXCLUDE (corrected_months), unnest(corrected_months) AS month FROM proposals)
SELECT account_id FROM corrected
GROUP BY account_id, contract_id, service_code, zone, month HAVING min(proposal_id) <> max(proposal_id)
ORDER BY account_id
