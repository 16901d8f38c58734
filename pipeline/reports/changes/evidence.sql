-- What happened to the accounts of one part between the two versions: payments, reversals, documents, proposals,
-- refusals that only one of them knows, each with its cause. Between two months the earlier one's movements are another
-- cycle's, so everything of the later cycle has happened since.
-- Variables: cut (moment, of the earlier version), same_month, corrected_registries, causes (in order of precedence).

CREATE TEMP MACRO rank_of(cause) AS list_position(getvariable('causes'), cause);

CREATE TEMP TABLE new_payments AS
SELECT
    coalesce(later.account_id, earlier.account_id) AS account_id, payment_id,
    earlier.amount_rub AS before_rub, later.amount_rub AS after_rub,
    CASE
        WHEN later.payment_id IS NULL THEN 'corrected_registry'
        WHEN later.is_identified THEN 'identification'
        WHEN list_contains(getvariable('corrected_registries'), later.registry_id) THEN 'corrected_registry'
        WHEN later.paid_at <= getvariable('cut') THEN 'late_payment'
        ELSE 'new_payment'
    END AS cause_code
FROM main.posted_payments AS later
FULL JOIN (SELECT * FROM before.posted_payments WHERE getvariable('same_month')) AS earlier USING (payment_id)
WHERE later.payment_id IS NULL OR earlier.payment_id IS NULL OR later.amount_rub <> earlier.amount_rub;

CREATE TEMP TABLE new_reversals AS
SELECT
    later.account_id, later.reversal_id,
    CASE WHEN later.is_correction THEN 'corrected_registry' ELSE 'reversal' END AS cause_code
FROM main.posted_reversals AS later
ANTI JOIN (SELECT * FROM before.posted_reversals WHERE getvariable('same_month')) AS earlier USING (reversal_id);

-- A version that takes the place of another one, the version whose place was taken, and a correction by a document of
-- its own are corrected documents.
CREATE TEMP TABLE document_states AS
SELECT
    account_id, document_id, creditor_id, document_type_code, billing_month,
    bool_or(is_superseded) FILTER (is_later) AS superseded_later,
    bool_or(is_superseded) FILTER (NOT is_later) AS superseded_earlier
FROM (
    SELECT account_id, document_id, creditor_id, document_type_code, billing_month, is_superseded, TRUE AS is_later
    FROM main.billed_documents
    UNION ALL BY NAME
    SELECT account_id, document_id, creditor_id, document_type_code, billing_month, is_superseded, FALSE AS is_later
    FROM before.billed_documents
)
GROUP BY ALL;

CREATE TEMP TABLE replaced_documents AS
SELECT DISTINCT later.document_id AS by_document_id, earlier.document_id
FROM document_states AS later
JOIN document_states AS earlier
    ON later.account_id = earlier.account_id AND later.creditor_id = earlier.creditor_id
    AND later.document_type_code = earlier.document_type_code AND later.billing_month = earlier.billing_month
    AND later.document_id <> earlier.document_id
WHERE NOT later.superseded_later AND later.superseded_earlier IS NULL
    AND coalesce(earlier.superseded_later, NOT getvariable('same_month'))
    AND NOT coalesce(earlier.superseded_earlier, FALSE);

CREATE TEMP TABLE new_documents AS
WITH told AS (
SELECT
    account_id, document_id,
    CASE
        WHEN document_id IN (SELECT by_document_id FROM replaced_documents) THEN 'corrected_document'
        WHEN bool_or(document_type_code = 'correction') THEN 'corrected_document'
        ELSE 'new_document'
    END AS cause_code,
    document_id AS reference
FROM document_states
WHERE superseded_later IS NOT NULL AND superseded_earlier IS NULL AND NOT superseded_later
GROUP BY account_id, document_id
UNION ALL
SELECT
    account_id, document_id, 'corrected_document',
    coalesce((SELECT min(by_document_id) FROM replaced_documents
              WHERE replaced_documents.document_id = document_states.document_id), document_id)
FROM document_states
WHERE (superseded_later AND NOT coalesce(superseded_earlier, FALSE))
    OR (superseded_later IS NULL AND (getvariable('same_month')
        OR document_id IN (SELECT document_id FROM replaced_documents)))
GROUP BY account_id, document_id
)
SELECT document_id, min(account_id) AS account_id, arg_min(cause_code, rank_of(cause_code)) AS cause_code,
    arg_min(reference, (rank_of(cause_code), reference)) AS reference
FROM told
GROUP BY document_id;

CREATE TEMP TABLE new_proposals AS
SELECT
    coalesce(later.account_id, earlier.account_id) AS account_id, proposal_id,
    coalesce(later.event_id, earlier.event_id) AS event_id,
    earlier.status_code AS before_text, later.status_code AS after_text,
    earlier.difference_rub AS before_rub, later.difference_rub AS after_rub
FROM main.recalculations AS later
FULL JOIN before.recalculations AS earlier USING (proposal_id)
WHERE later.difference_rub IS DISTINCT FROM earlier.difference_rub
    OR later.status_code IS DISTINCT FROM earlier.status_code;

-- Readings that came since, as far as a proposal names them.
CREATE TEMP TABLE new_readings AS
SELECT account_id, reading_id
FROM (SELECT * FROM main.consumption WHERE reading_id IN (SELECT event_id FROM new_proposals)) AS later
ANTI JOIN (SELECT reading_id FROM before.consumption WHERE getvariable('same_month')) AS earlier USING (reading_id);

-- Money that waits for a person shields the accounts it may belong to, whichever part holds it.
CREATE TEMP TABLE suspense_moved AS
SELECT
    suspended_id, earlier.amount_rub AS before_rub, later.amount_rub AS after_rub,
    list_distinct(list_concat(later.candidate_account_ids, earlier.candidate_account_ids)) AS candidates,
    coalesce(later.account_id, earlier.account_id) AS account_id,
    earlier.reason_code AS before_text, later.reason_code AS after_text,
    CASE
        WHEN list_contains(getvariable('identified'), suspended_id) THEN 'identification'
        WHEN later.suspended_id IS NOT NULL AND earlier.suspended_id IS NOT NULL THEN NULL
        WHEN list_contains(getvariable('corrected_registries'), coalesce(later.registry_id, earlier.registry_id))
            THEN 'corrected_registry'
        WHEN later.suspended_id IS NULL THEN NULL
        WHEN later.received_at <= getvariable('cut') THEN NULL
        WHEN coalesce(later.paid_at, later.received_at) <= getvariable('cut') THEN 'late_payment'
        ELSE 'new_payment'
    END AS cause_code
FROM main.all_suspended AS later
FULL JOIN before.all_suspended AS earlier USING (suspended_id)
WHERE later.amount_rub IS DISTINCT FROM earlier.amount_rub OR later.reason_code IS DISTINCT FROM earlier.reason_code;

-- Everything of an account, first what comes first by precedence.
CREATE TEMP TABLE accounts_moved AS
WITH facts AS (
    SELECT account_id, cause_code, payment_id AS reference FROM new_payments
    UNION ALL SELECT account_id, cause_code, reversal_id FROM new_reversals
    UNION ALL SELECT account_id, cause_code, reference FROM new_documents
    UNION ALL SELECT account_id, 'recalculation', proposal_id FROM new_proposals
    WHERE event_id IN (SELECT reading_id FROM new_readings)
    UNION ALL SELECT coalesce(later.account_id, earlier.account_id), 'quarantine', reason_code
    FROM main.incomplete_bills AS later
    FULL JOIN before.incomplete_bills AS earlier USING (account_id, reason_code)
    WHERE later.account_id IS NULL OR earlier.account_id IS NULL
    UNION ALL SELECT unnest(candidates), cause_code, suspended_id FROM suspense_moved
), ranked AS (
    SELECT account_id, rank_of(cause_code) AS rank, min(reference) AS reference
    FROM facts
    WHERE account_id IS NOT NULL
    GROUP BY ALL
)
SELECT
    account_id, min(rank) AS rank, arg_min(reference, rank) AS reference, list_sort(list(rank)) AS ranks
FROM ranked
GROUP BY account_id;

-- Accounts whose movements differ at all, by a sum of hashes: most accounts have the same ones in both nights. The totals
-- of the manifests would show an account that was missed.
CREATE TEMP TABLE accounts_with_movements AS
WITH signed AS (
    SELECT account_id, sum(hash(
        payment_id, origin_code, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
        rule_code, reversal_id, allocated_rub)::HUGEINT) AS signature
    FROM main.payment_allocations
    WHERE getvariable('same_month')
    GROUP BY account_id
    UNION ALL
    SELECT account_id, -sum(hash(
        payment_id, origin_code, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
        rule_code, reversal_id, allocated_rub)::HUGEINT)
    FROM before.payment_allocations
    WHERE getvariable('same_month')
    GROUP BY account_id
)
SELECT account_id FROM signed GROUP BY account_id HAVING sum(signature) <> 0;

-- What made a movement of money, by its payment, its document and its reversal.
CREATE TEMP MACRO with_cause(moved) AS TABLE
SELECT
    grouped.*,
    CASE
        WHEN taken.cause_code IS NOT NULL THEN taken.cause_code
        WHEN rule_code = 'superseded' THEN 'corrected_document'
        WHEN paid.cause_code IS NOT NULL THEN paid.cause_code
        WHEN credited.cause_code IS NOT NULL THEN credited.cause_code
        ELSE billed.cause_code
    END AS cause_code,
    CASE
        WHEN taken.cause_code IS NOT NULL THEN grouped.reversal_id
        WHEN rule_code = 'superseded' THEN coalesce(billed.reference, grouped.document_id)
        WHEN paid.cause_code IS NOT NULL THEN grouped.payment_id
        ELSE coalesce(credited.reference, billed.reference)
    END AS reference
FROM query_table(moved) AS grouped
LEFT JOIN new_reversals AS taken USING (reversal_id)
LEFT JOIN new_payments AS paid USING (payment_id)
LEFT JOIN new_documents AS credited
    ON credited.document_id = CASE WHEN origin_code = 'credit' THEN split_part(grouped.payment_id, ':', 2) END
LEFT JOIN new_documents AS billed ON billed.document_id = grouped.document_id;

-- Movements that only one version knows, item by item. Between two months all of the later cycle are new; asked for are
-- those on items that were there before or whose document came earlier: an item that comes with its document has the
-- document's cause.
CREATE TEMP TABLE moved_items AS
SELECT
    account_id, payment_id, origin_code, document_id, creditor_id, contract_id, service_code, debt_kind_code,
    charge_month, rule_code, reversal_id,
    sum(allocated_rub) FILTER (NOT is_later) AS before_rub, sum(allocated_rub) FILTER (is_later) AS after_rub,
    count(*) FILTER (NOT is_later) AS before_rows, count(*) FILTER (is_later) AS after_rows
FROM (
    SELECT *, TRUE AS is_later FROM main.payment_allocations
    UNION ALL BY NAME
    SELECT *, FALSE AS is_later FROM before.payment_allocations
)
WHERE account_id IN (FROM accounts_with_movements)
GROUP BY ALL
HAVING before_rub IS DISTINCT FROM after_rub OR before_rows <> after_rows
UNION ALL
SELECT
    account_id, payment_id, origin_code, document_id, creditor_id, contract_id, service_code, debt_kind_code,
    charge_month, rule_code, reversal_id, NULL, allocated_rub, 0, 1
FROM main.payment_allocations
WHERE NOT getvariable('same_month') AND (
    document_id IN (SELECT document_id FROM before.open_items)
    OR document_id NOT IN (SELECT document_id FROM new_documents)
);

-- The same money by payment and document only: few rows of items make one of these.
CREATE TEMP VIEW moved_money AS
SELECT
    account_id, payment_id, origin_code, document_id, creditor_id, rule_code, reversal_id,
    sum(before_rub) AS before_rub, sum(after_rub) AS after_rub, sum(before_rows) AS before_rows,
    sum(after_rows) AS after_rows
FROM moved_items
WHERE getvariable('same_month')
GROUP BY ALL
UNION ALL
SELECT
    account_id, payment_id, origin_code, document_id, creditor_id, rule_code, reversal_id, NULL, sum(allocated_rub), 0,
    count(*)
FROM main.payment_allocations
WHERE NOT getvariable('same_month')
GROUP BY ALL;

CREATE TEMP TABLE item_movements AS FROM with_cause('moved_items');

CREATE TEMP TABLE movements AS FROM with_cause('moved_money');
