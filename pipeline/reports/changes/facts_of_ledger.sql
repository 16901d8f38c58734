-- Facts of the ledger that both versions tell differently. Each query gives one measure of one table, in these columns:
-- measure_code, fact_key, account_id, creditor_id, before_text, after_text, before_rub, after_rub, before_rows,
-- after_rows, rank of the cause (missing when no fact of the account tells), reference, ranks of the account.

-- query: open_items.outstanding
SELECT
    CASE WHEN getvariable('same_month') THEN concat_ws(' · ', account_id, document_id, creditor_id, contract_id,
        service_code, debt_kind_code, coalesce(strftime(charge_month, '%Y-%m'), '—')) END AS fact_key,
    account_id, creditor_id, NULL AS before_text, NULL AS after_text, before_rub, after_rub,
    (before_rub IS NOT NULL)::INTEGER AS before_rows, (after_rub IS NOT NULL)::INTEGER AS after_rows,
    rank, reference, ranks
FROM items_moved
WHERE before_rub IS DISTINCT FROM after_rub;

-- query: open_items.overdue
SELECT
    CASE WHEN getvariable('same_month') THEN concat_ws(' · ', account_id, document_id, creditor_id, contract_id,
        service_code, debt_kind_code, coalesce(strftime(charge_month, '%Y-%m'), '—')) END AS fact_key,
    account_id, creditor_id, NULL AS before_text, NULL AS after_text, before_overdue AS before_rub,
    after_overdue AS after_rub, (before_overdue > 0)::INTEGER AS before_rows, (after_overdue > 0)::INTEGER AS after_rows,
    overdue_rank AS rank, overdue_reference AS reference, ranks
FROM overdue_moved;

-- query: payment_allocations.allocated
WITH paid AS (
    SELECT
        account_id, payment_id, document_id, creditor_id, rule_code, cause_code, min(reference) AS reference,
        sum(before_rub) AS before_rub, sum(after_rub) AS after_rub, sum(before_rows) AS before_rows,
        sum(after_rows) AS after_rows
    FROM movements
    GROUP BY ALL
)
SELECT
    CASE WHEN getvariable('same_month')
        THEN concat_ws(' · ', account_id, payment_id, document_id, creditor_id, rule_code, cause_code) END AS fact_key,
    account_id, creditor_id, NULL AS before_text, NULL AS after_text, before_rub, after_rub, before_rows, after_rows,
    coalesce(rank_of(cause_code), accounts_moved.rank) AS rank,
    CASE WHEN cause_code IS NULL THEN accounts_moved.reference ELSE paid.reference END AS reference,
    accounts_moved.ranks
FROM paid
LEFT JOIN accounts_moved USING (account_id)
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, sum(allocated_rub), NULL, count(*), 0, rank_of('previous_cycle'), NULL, NULL
FROM before.payment_allocations
WHERE NOT getvariable('same_month')
HAVING count(*) > 0;

-- query: posted_payments.received
SELECT
    CASE WHEN getvariable('same_month') THEN payment_id END AS fact_key, new_payments.account_id, NULL AS creditor_id, NULL AS before_text, NULL AS after_text,
    before_rub, after_rub, (before_rub IS NOT NULL)::INTEGER AS before_rows,
    (after_rub IS NOT NULL)::INTEGER AS after_rows, rank_of(cause_code) AS rank, payment_id AS reference, ranks
FROM new_payments
LEFT JOIN accounts_moved USING (account_id)
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, sum(amount_rub), NULL, count(*), 0, rank_of('previous_cycle'), NULL, NULL
FROM before.posted_payments
WHERE NOT getvariable('same_month')
HAVING count(*) > 0;

-- query: billed_documents.billed
WITH documents AS (
    SELECT
        account_id, document_id, creditor_id, debt_kind_code, earlier.billed_rub AS before_rub,
        later.billed_rub AS after_rub, earlier.is_superseded AS before_superseded,
        later.is_superseded AS after_superseded
    FROM main.billed_documents AS later
    FULL JOIN (SELECT * FROM before.billed_documents WHERE getvariable('same_month')) AS earlier
        USING (account_id, document_id, creditor_id, debt_kind_code)
    WHERE later.billed_rub IS DISTINCT FROM earlier.billed_rub
        OR later.is_superseded IS DISTINCT FROM earlier.is_superseded
)
SELECT
    CASE WHEN getvariable('same_month')
        THEN concat_ws(' · ', documents.account_id, document_id, creditor_id, debt_kind_code) END AS fact_key,
    documents.account_id, creditor_id,
    CASE before_superseded WHEN TRUE THEN 'superseded' WHEN FALSE THEN 'live' END AS before_text,
    CASE after_superseded WHEN TRUE THEN 'superseded' WHEN FALSE THEN 'live' END AS after_text,
    before_rub, after_rub, (before_rub IS NOT NULL)::INTEGER AS before_rows,
    (after_rub IS NOT NULL)::INTEGER AS after_rows,
    coalesce(rank_of(billed.cause_code), accounts_moved.rank) AS rank,
    coalesce(billed.reference, accounts_moved.reference) AS reference, ranks
FROM documents
LEFT JOIN new_documents AS billed USING (document_id)
LEFT JOIN accounts_moved ON accounts_moved.account_id = documents.account_id
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, sum(billed_rub), NULL, count(*), 0, rank_of('previous_cycle'), NULL, NULL
FROM before.billed_documents
WHERE NOT getvariable('same_month')
HAVING count(*) > 0;

-- query: advances.advance
WITH told AS (
    SELECT account_id, payment_id, creditor_id, contract_reference, amount_rub, TRUE AS is_later FROM main.advances
    UNION ALL BY NAME
    SELECT account_id, payment_id, creditor_id, contract_reference, amount_rub, FALSE AS is_later FROM before.advances
), left_over AS (
    SELECT
        account_id, payment_id, creditor_id, contract_reference,
        sum(amount_rub) FILTER (NOT is_later) AS before_rub, sum(amount_rub) FILTER (is_later) AS after_rub,
        count(*) FILTER (NOT is_later) AS before_rows, count(*) FILTER (is_later) AS after_rows
    FROM told
    GROUP BY ALL
    HAVING before_rub IS DISTINCT FROM after_rub OR before_rows <> after_rows
), laid AS (
    SELECT
        account_id, payment_id, min(rank_of(cause_code)) AS rank,
        arg_min(reference, (rank_of(cause_code), reference)) AS reference
    FROM movements
    WHERE cause_code IS NOT NULL
    GROUP BY ALL
)
SELECT
    concat_ws(' · ', left_over.account_id, left_over.payment_id, coalesce(creditor_id, '—'),
        coalesce(contract_reference, '—')) AS fact_key,
    left_over.account_id, creditor_id, NULL AS before_text, NULL AS after_text, left_over.before_rub,
    left_over.after_rub, left_over.before_rows, left_over.after_rows,
    coalesce(rank_of(paid.cause_code), laid.rank, accounts_moved.rank) AS rank,
    CASE
        WHEN paid.cause_code IS NOT NULL THEN left_over.payment_id
        WHEN laid.rank IS NOT NULL THEN laid.reference
        ELSE accounts_moved.reference
    END AS reference,
    ranks
FROM left_over
LEFT JOIN new_payments AS paid USING (payment_id)
LEFT JOIN laid ON laid.account_id = left_over.account_id AND laid.payment_id = left_over.payment_id
LEFT JOIN accounts_moved ON accounts_moved.account_id = left_over.account_id;

-- query: suspended_payments.suspended
SELECT
    suspended_id AS fact_key, suspense_moved.account_id, NULL AS creditor_id, before_text, after_text, before_rub,
    after_rub, (before_rub IS NOT NULL)::INTEGER AS before_rows, (after_rub IS NOT NULL)::INTEGER AS after_rows,
    rank_of(cause_code) AS rank, CASE WHEN cause_code IS NOT NULL THEN suspended_id END AS reference, NULL AS ranks
FROM suspense_moved
WHERE CASE
    WHEN after_rub IS NOT NULL THEN suspended_id IN (SELECT suspended_id FROM main.suspended_payments)
    ELSE suspended_id IN (SELECT suspended_id FROM before.suspended_payments)
END;

-- query: incomplete_bills.rows
SELECT
    concat_ws(' · ', account_id, reason_code) AS fact_key, account_id, NULL AS creditor_id,
    CASE WHEN earlier.is_there THEN reason_code END AS before_text,
    CASE WHEN later.is_there THEN reason_code END AS after_text,
    NULL AS before_rub, NULL AS after_rub, coalesce(earlier.is_there, FALSE)::INTEGER AS before_rows,
    coalesce(later.is_there, FALSE)::INTEGER AS after_rows,
    CASE WHEN reason_code = 'document_rejected' THEN rank_of('quarantine') ELSE documents.rank END AS rank,
    documents.reference, accounts_moved.ranks
FROM (SELECT *, TRUE AS is_there FROM main.incomplete_bills) AS later
FULL JOIN (SELECT *, TRUE AS is_there FROM before.incomplete_bills) AS earlier USING (account_id, reason_code)
LEFT JOIN (
    SELECT account_id, min(rank_of(cause_code)) AS rank, min(reference) AS reference FROM new_documents GROUP BY ALL
) AS documents USING (account_id)
LEFT JOIN accounts_moved USING (account_id)
WHERE later.is_there IS NULL OR earlier.is_there IS NULL;

-- query: quarantine.rows
SELECT
    concat_ws(' · ', table_name, delivery_id, row_number) AS fact_key,
    coalesce(later.account_id, earlier.account_id) AS account_id, NULL AS creditor_id,
    array_to_string(earlier.rule_ids, ', ') AS before_text, array_to_string(later.rule_ids, ', ') AS after_text,
    NULL AS before_rub, NULL AS after_rub, (earlier.rule_ids IS NOT NULL)::INTEGER AS before_rows,
    (later.rule_ids IS NOT NULL)::INTEGER AS after_rows,
    CASE
        WHEN later.received_at > getvariable('cut') THEN rank_of('quarantine')
        WHEN later.rule_ids IS NULL AND NOT getvariable('same_month') THEN rank_of('previous_cycle')
    END AS rank,
    CASE WHEN later.received_at > getvariable('cut') THEN delivery_id END AS reference, NULL AS ranks
FROM main.quarantine AS later
FULL JOIN before.quarantine AS earlier USING (table_name, delivery_id, row_number)
WHERE later.rule_ids IS DISTINCT FROM earlier.rule_ids;
