-- Lines that carry a batch for which nothing was proposed.
SELECT DISTINCT line.account_id
FROM read_parquet($charges) AS line
ANTI JOIN read_parquet($state_recalculations) AS proposal
  ON proposal.batch_id = line.batch_id AND proposal.account_id = line.account_id
 AND proposal.contract_id = line.contract_id AND proposal.service_code = line.service_code
WHERE line.batch_id IS NOT NULL AND line.batch_id NOT LIKE '%:penalty:%'
ORDER BY line.account_id
