-- Claims are net of advances, proposed credits and suspended money that may be the account's, and no kopeck covers
-- twice: per account, covered = Σ min(own, owed) + min(free, what is left). Per creditor at least its own money covers.
WITH at_hand AS (
    SELECT account_id, creditor_id, amount_rub FROM read_parquet($advances)
    -- money of a discount that runs waits for the fixed lines of months to come
    ANTI JOIN (FROM read_parquet($advance_terms) WHERE price_rub IS NOT NULL AND status_code = 'running')
        USING (account_id, contract_reference)
    UNION ALL
    SELECT proposal.account_id, contract.creditor_id, -difference_rub
    FROM read_parquet($recalculations) AS proposal
    LEFT JOIN read_parquet($service_contracts) AS contract USING (contract_id)
    WHERE status_code IN ('proposed', 'waits_for_approval') AND difference_rub < 0
    UNION ALL
    SELECT DISTINCT ON (suspended_id, candidate) unnest([account_id] || candidate_account_ids) AS candidate, designated_creditor_id, amount_rub
    FROM read_parquet($all_suspended_payments)
    WHERE amount_rub > 0
),
ringed AS (
    SELECT account_id, creditor_id, sum(amount_rub) AS own_rub FROM at_hand WHERE creditor_id IS NOT NULL GROUP BY ALL
),
free AS (SELECT account_id, sum(amount_rub) AS free_rub FROM at_hand WHERE creditor_id IS NULL GROUP BY ALL),
pairs AS (
    SELECT debtor.*, least(coalesce(own_rub, 0), total_rub) AS own_cover_rub
    FROM read_parquet($debtors) AS debtor LEFT JOIN ringed USING (account_id, creditor_id)
),
accounts AS (
    SELECT account_id, sum(shielded_rub) AS shielded_rub,
           sum(own_cover_rub) + least(coalesce(any_value(free_rub), 0), sum(total_rub - own_cover_rub)) AS expected_rub,
           count(*) FILTER (shielded_rub < own_cover_rub OR shielded_rub > total_rub) AS wrong_pairs
    FROM pairs LEFT JOIN free USING (account_id)
    WHERE track_code = 'notice'
    GROUP BY account_id
)
SELECT account_id, shielded_rub - expected_rub AS difference_rub
FROM accounts WHERE shielded_rub <> expected_rub OR wrong_pairs > 0
UNION ALL
SELECT account_id, claimed_rub - (total_rub - shielded_rub)
FROM pairs WHERE claimed_rub <> total_rub - shielded_rub OR claimed_rub < 0
UNION ALL
-- The court's claim enjoys the cover of its creditor.
SELECT court.account_id, court.shielded_rub - least(court.total_rub, notice.shielded_rub)
FROM pairs AS court LEFT JOIN pairs AS notice
  ON notice.account_id = court.account_id AND notice.creditor_id = court.creditor_id AND notice.track_code = 'notice'
WHERE court.track_code = 'court' AND court.shielded_rub IS DISTINCT FROM least(court.total_rub, notice.shielded_rub)
ORDER BY account_id
