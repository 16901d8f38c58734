-- What covers the `cases` of an account with a creditor: the creditor's own money first, of free money the creditors that come
-- first by id.
at_hand AS (
    SELECT account_id, creditor_id, amount_rub FROM read_parquet($advances)
    -- money of a discount that runs waits for the fixed lines of months to come
    ANTI JOIN (FROM read_parquet($advance_terms) WHERE price_rub IS NOT NULL AND status_code = 'running')
        USING (account_id, contract_reference)
    UNION ALL
    SELECT proposal.account_id, contract.creditor_id, -difference_rub
    FROM read_parquet($recalculations) AS proposal
    LEFT JOIN (SELECT contract_id, any_value(creditor_id) AS creditor_id FROM read_parquet($service_contracts) GROUP BY ALL) AS contract USING (contract_id)
    WHERE status_code IN ('proposed', 'waits_for_approval') AND difference_rub < 0
    UNION ALL
    SELECT DISTINCT ON (suspended_id, candidate) unnest([account_id] || candidate_account_ids) AS candidate, designated_creditor_id, amount_rub
    FROM read_parquet($suspended_payments) WHERE amount_rub > 0
),
own AS (SELECT account_id, creditor_id, sum(amount_rub) AS rub FROM at_hand WHERE creditor_id IS NOT NULL GROUP BY ALL),
free AS (SELECT account_id, sum(amount_rub) AS rub FROM at_hand WHERE creditor_id IS NULL GROUP BY ALL),
pairs AS (
    SELECT account_id, creditor_id, sum(left_rub) AS total, least(coalesce(any_value(own.rub), 0), sum(left_rub)) AS ringed
    FROM cases LEFT JOIN own USING (account_id, creditor_id) GROUP BY ALL
),
covers AS (
    SELECT account_id, creditor_id, ringed + least(total - ringed, greatest(coalesce(free.rub, 0) - coalesce(sum(total - ringed) OVER (
               PARTITION BY account_id ORDER BY creditor_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0)) AS cover
    FROM pairs LEFT JOIN free USING (account_id)
),
