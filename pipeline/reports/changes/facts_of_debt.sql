-- Decisions and debtors that both versions tell differently, in the columns of `facts_of_ledger.sql`.

-- query: eligibility.decision
SELECT
    concat_ws(' · ', account_id, document_id, programme_code) AS fact_key, account_id, NULL AS creditor_id,
    CASE WHEN earlier.is_eligible THEN 'eligible' ELSE earlier.first_failed_code END AS before_text,
    CASE WHEN later.is_eligible THEN 'eligible' ELSE later.first_failed_code END AS after_text,
    NULL AS before_rub, NULL AS after_rub, (earlier.is_eligible IS NOT NULL)::INTEGER AS before_rows,
    (later.is_eligible IS NOT NULL)::INTEGER AS after_rows,
    CASE
        WHEN later.is_eligible IS NULL AND NOT getvariable('same_month') THEN rank_of('previous_cycle')
        WHEN later.is_served <> earlier.is_served THEN rank_of('register')
        WHEN billed.cause_code IS NOT NULL THEN rank_of(billed.cause_code)
        ELSE accounts_moved.rank
    END AS rank,
    CASE
        WHEN later.is_eligible IS NULL AND NOT getvariable('same_month') THEN NULL
        WHEN later.is_served <> earlier.is_served THEN 'accounts'
        ELSE coalesce(billed.reference, accounts_moved.reference)
    END AS reference,
    accounts_moved.ranks
FROM main.eligibility AS later
FULL JOIN before.eligibility AS earlier USING (account_id, document_id, programme_code)
LEFT JOIN new_documents AS billed USING (document_id)
LEFT JOIN accounts_moved USING (account_id)
WHERE later.is_eligible IS DISTINCT FROM earlier.is_eligible
    OR later.first_failed_code IS DISTINCT FROM earlier.first_failed_code;

-- query: recalculations.proposed
SELECT
    proposal_id AS fact_key, new_proposals.account_id, NULL AS creditor_id, before_text, after_text, before_rub,
    after_rub, (before_text IS NOT NULL)::INTEGER AS before_rows, (after_text IS NOT NULL)::INTEGER AS after_rows,
    CASE
        WHEN after_text IS NULL AND NOT getvariable('same_month') THEN rank_of('previous_cycle')
        WHEN readings.reading_id IS NOT NULL THEN rank_of('recalculation')
        ELSE documents.rank
    END AS rank,
    CASE WHEN readings.reading_id IS NOT NULL THEN readings.reading_id ELSE documents.reference END AS reference,
    accounts_moved.ranks
FROM new_proposals
LEFT JOIN new_readings AS readings ON readings.reading_id = new_proposals.event_id
LEFT JOIN (
    SELECT account_id, min(rank_of(cause_code)) AS rank, min(reference) AS reference FROM new_documents GROUP BY ALL
) AS documents ON documents.account_id = new_proposals.account_id
LEFT JOIN accounts_moved ON accounts_moved.account_id = new_proposals.account_id;

-- query: debtors.claimed
SELECT
    concat_ws(' · ', account_id, creditor_id, track_code) AS fact_key, account_id, creditor_id,
    before_stage AS before_text, after_stage AS after_text, before_rub, after_rub,
    (before_stage IS NOT NULL)::INTEGER AS before_rows, (after_stage IS NOT NULL)::INTEGER AS after_rows, rank,
    reference, ranks
FROM debtors_moved;

-- query: debt_receipts.claimed
SELECT
    concat_ws(' · ', account_id, creditor_id) AS fact_key, account_id, creditor_id, NULL AS before_text,
    NULL AS after_text, earlier.claimed_rub AS before_rub, later.claimed_rub AS after_rub,
    (earlier.claimed_rub IS NOT NULL)::INTEGER AS before_rows, (later.claimed_rub IS NOT NULL)::INTEGER AS after_rows,
    moved.rank, moved.reference, moved.ranks
FROM main.debt_receipts AS later
FULL JOIN before.debt_receipts AS earlier USING (account_id, creditor_id)
LEFT JOIN (SELECT * FROM debtors_moved WHERE track_code = 'notice') AS moved USING (account_id, creditor_id)
WHERE later.claimed_rub IS DISTINCT FROM earlier.claimed_rub;

-- query: court_list.claimed
SELECT
    concat_ws(' · ', account_id, creditor_id) AS fact_key, account_id, creditor_id, NULL AS before_text,
    NULL AS after_text, earlier.claimed_rub AS before_rub, later.claimed_rub AS after_rub,
    (earlier.claimed_rub IS NOT NULL)::INTEGER AS before_rows, (later.claimed_rub IS NOT NULL)::INTEGER AS after_rows,
    moved.rank, moved.reference, moved.ranks
FROM main.court_list AS later
FULL JOIN before.court_list AS earlier USING (account_id, creditor_id)
LEFT JOIN (SELECT * FROM debtors_moved WHERE track_code = 'court') AS moved USING (account_id, creditor_id)
WHERE later.claimed_rub IS DISTINCT FROM earlier.claimed_rub;
