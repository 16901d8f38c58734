-- No month of one contract, service and zone is corrected by two readings, nor twice for one cause of one event, those of
-- the state counted; a proposal that is carried stands once. Nor does a new true-up name a month that a corrected register
-- has rated anew before. Grouped by hashes: texts would cost three times as much, and two months of one hash are a false alarm by a
-- chance of 2⁻²⁰ for a part, never a fault unseen.
WITH proposals AS (
    SELECT account_id, hash(proposal_id) AS proposal,
           hash(account_id, contract_id, service_code, coalesce(zone_code, ''),
                CASE WHEN cause_code NOT IN ('true_up_average', 'true_up_norm') THEN cause_code || event_id END) AS place,
           corrected_months
    FROM read_parquet($recalculations)
    UNION ALL
    SELECT account_id, hash(proposal_id),
           hash(account_id, contract_id, service_code, coalesce(zone_code, ''),
                CASE WHEN cause_code NOT IN ('true_up_average', 'true_up_norm') THEN cause_code || event_id END), corrected_months
    FROM read_parquet($state_recalculations)
),
rated_anew AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, strftime(charge_month, '%Y-%m') AS month
    FROM read_parquet($recalculations) SEMI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('changed_persons', 'corrected_area', 'corrected_norm', 'corrected_tariff')
      AND status_code <> 'rejected'
),
corrected AS (SELECT account_id, proposal, hash(place, unnest(corrected_months)) AS month FROM proposals)
SELECT any_value(account_id) AS account_id FROM corrected GROUP BY month HAVING min(proposal) <> max(proposal)
UNION ALL
SELECT made.account_id
FROM read_parquet($recalculations) AS made JOIN rated_anew USING (account_id, contract_id, service_code)
WHERE made.cause_code IN ('true_up_average', 'true_up_norm') AND coalesce(made.zone_code, '') = rated_anew.zone
  AND list_contains(made.corrected_months, rated_anew.month)
  AND made.proposal_id NOT IN (SELECT proposal_id FROM read_parquet($state_recalculations))
ORDER BY account_id
