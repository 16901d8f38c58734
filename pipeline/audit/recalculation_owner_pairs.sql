-- What a change of owner gives back on one account is charged to one other, line and month by line and month: together nothing.
-- Both halves stand alike while no document has brought either: the id of one is that of the other read backwards.
WITH halves AS (
    SELECT *, least(proposal_id, reverse(proposal_id)) AS pair_id FROM read_parquet($recalculations)
    WHERE cause_code IN ('change_of_owner', 'capital_repair_debt')
)
SELECT min(account_id) AS account_id, CAST(sum(difference_rub) * 100 AS BIGINT) AS difference_kop
FROM halves ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
GROUP BY event_id, cause_code, contract_id, service_code, zone_code, charge_month
HAVING sum(difference_rub) <> 0 OR count(*) <> 2 OR count(DISTINCT account_id) <> 2 OR count(DISTINCT pair_id) <> 1
UNION ALL
SELECT min(account_id), CAST(sum(difference_rub) * 100 AS BIGINT)
FROM halves WHERE status_code IN ('proposed', 'waits_for_approval', 'rejected')
GROUP BY pair_id HAVING count(DISTINCT status_code) > 1
ORDER BY account_id
