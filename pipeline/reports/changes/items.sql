-- Items that both versions tell differently: what is open, and what of it is overdue. An item that comes or goes with
-- its document has the document's cause; otherwise the first cause among the movements on it, otherwise the first of
-- its account. What falls due by the days alone is `time`.
CREATE TEMP TABLE items_moved AS
WITH every AS (
    SELECT
        account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
        outstanding_rub, due_on, TRUE AS is_later,
        CASE WHEN days_overdue > 0 AND debt_kind_code IN ('principal', 'capital_repair')
            THEN outstanding_rub ELSE 0 END::DECIMAL(18, 2) AS overdue_rub
    FROM main.open_items
    UNION ALL BY NAME
    SELECT
        account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
        outstanding_rub, due_on, FALSE AS is_later,
        CASE WHEN days_overdue > 0 AND debt_kind_code IN ('principal', 'capital_repair')
            THEN outstanding_rub ELSE 0 END::DECIMAL(18, 2) AS overdue_rub
    FROM before.open_items
), signed AS (
    SELECT *, hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
        outstanding_rub, overdue_rub) AS signature
    FROM every
), told AS (
    -- most items are the same on both sides: one number tells it, where seven texts would have to be grouped. The
    -- totals of the manifests would show an item that was missed.
    SELECT * EXCLUDE (signature) FROM signed
    WHERE signature IN (SELECT signature FROM signed GROUP BY signature HAVING count(DISTINCT is_later) < 2)
), items AS (
    SELECT
        account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
        max(outstanding_rub) FILTER (NOT is_later) AS before_rub, max(outstanding_rub) FILTER (is_later) AS after_rub,
        coalesce(max(overdue_rub) FILTER (NOT is_later), 0) AS before_overdue,
        coalesce(max(overdue_rub) FILTER (is_later), 0) AS after_overdue,
        max(due_on) FILTER (NOT is_later) AS before_due, max(due_on) FILTER (is_later) AS after_due
    FROM told
    GROUP BY ALL
    HAVING before_rub IS DISTINCT FROM after_rub OR before_overdue <> after_overdue
), laid AS (
    SELECT
        account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
        min(rank_of(cause_code)) AS rank,
        arg_min(reference, (rank_of(cause_code), reference)) AS reference
    FROM item_movements
    WHERE cause_code IS NOT NULL
    GROUP BY ALL
)
SELECT
    items.*, accounts_moved.ranks,
    CASE
        WHEN billed.cause_code IS NOT NULL AND (items.before_rub IS NULL OR billed.cause_code = 'corrected_document')
            THEN rank_of(billed.cause_code)
        ELSE coalesce(laid.rank, rank_of(billed.cause_code), accounts_moved.rank)
    END AS rank,
    CASE
        WHEN billed.cause_code IS NOT NULL AND (items.before_rub IS NULL OR billed.cause_code = 'corrected_document')
            THEN billed.reference
        ELSE coalesce(laid.reference, billed.reference, accounts_moved.reference)
    END AS reference
FROM items
LEFT JOIN new_documents AS billed USING (document_id)
LEFT JOIN laid
    ON laid.account_id = items.account_id AND laid.document_id = items.document_id
    AND laid.creditor_id = items.creditor_id AND laid.contract_id = items.contract_id
    AND laid.service_code = items.service_code AND laid.debt_kind_code = items.debt_kind_code
    AND laid.charge_month IS NOT DISTINCT FROM items.charge_month
LEFT JOIN accounts_moved ON accounts_moved.account_id = items.account_id;

-- What of it is overdue: by the passing of its due date, else by what moved the item itself.
CREATE TEMP TABLE overdue_moved AS
SELECT
    *,
    CASE
        WHEN before_overdue = 0 AND before_rub IS NOT NULL AND before_due = after_due THEN rank_of('time')
        WHEN before_rub IS DISTINCT FROM after_rub THEN rank
    END AS overdue_rank,
    CASE
        WHEN before_overdue = 0 AND before_rub IS NOT NULL AND before_due = after_due
            THEN strftime(after_due, '%d.%m.%Y')
        WHEN before_rub IS DISTINCT FROM after_rub THEN reference
    END AS overdue_reference
FROM items_moved
WHERE before_overdue <> after_overdue;

-- Debtors: by the largest change of what is overdue to the creditor, then by what shields it, by holds, by a list that
-- left, by the day for which the next step was waiting.
CREATE TEMP TABLE debtors_moved AS
WITH overdue AS (
    SELECT
        account_id, creditor_id,
        arg_max(overdue_rank, (abs(after_overdue - before_overdue), document_id)) AS rank,
        arg_max(overdue_reference, (abs(after_overdue - before_overdue), document_id)) AS reference
    FROM overdue_moved
    GROUP BY ALL
), told AS (
    SELECT
        account_id, creditor_id, track_code, earlier.stage_code AS before_stage, later.stage_code AS after_stage,
        earlier.claimed_rub AS before_rub, later.claimed_rub AS after_rub,
        earlier.total_rub AS before_total, later.total_rub AS after_total,
        list_distinct(list_concat(
            list_filter(coalesce(later.holds, []), reason -> NOT list_contains(coalesce(earlier.holds, []), reason)),
            list_filter(coalesce(earlier.holds, []), reason -> NOT list_contains(coalesce(later.holds, []), reason))
        )) AS holds_moved,
        earlier.previous_stage_on AS before_sent, later.previous_stage_on AS after_sent,
        earlier.next_action_on AS waited_until
    FROM main.debtors AS later
    FULL JOIN before.debtors AS earlier USING (account_id, creditor_id, track_code)
), moved AS (
    SELECT *, list_filter(holds_moved, reason -> list_contains(getvariable('hold_reasons'), reason)) AS persons_holds
    FROM told
    WHERE before_rub IS DISTINCT FROM after_rub OR before_stage IS DISTINCT FROM after_stage
        OR (len(holds_moved) > 0 AND before_stage IS NOT NULL AND after_stage IS NOT NULL)
), judged AS (
    SELECT
        moved.*, accounts_moved.ranks,
        CASE
            WHEN overdue.rank IS NOT NULL THEN 'overdue'
            WHEN overdue.account_id IS NULL AND len(persons_holds) > 0 THEN 'hold'
            WHEN before_total IS DISTINCT FROM after_total OR before_rub IS DISTINCT FROM after_rub THEN 'account'
            WHEN list_contains(holds_moved, 'in_court') THEN 'court'
            WHEN list_has_any(holds_moved, ['organisation', 'not_served', 'account_closed']) THEN 'account_register'
            WHEN len(holds_moved) > 0 THEN 'account'
            WHEN before_sent IS DISTINCT FROM after_sent THEN 'sent'
            WHEN waited_until > getvariable('before_as_of') AND waited_until <= getvariable('after_as_of') THEN 'waited'
            ELSE 'account'
        END AS by_code,
        overdue.rank AS overdue_rank, overdue.reference AS overdue_reference,
        accounts_moved.rank AS account_rank, accounts_moved.reference AS account_reference
    FROM moved
    LEFT JOIN overdue USING (account_id, creditor_id)
    LEFT JOIN accounts_moved ON accounts_moved.account_id = moved.account_id
)
SELECT
    account_id, creditor_id, track_code, before_stage, after_stage, before_rub, after_rub, ranks,
    CASE by_code
        WHEN 'overdue' THEN overdue_rank WHEN 'hold' THEN rank_of('hold') WHEN 'court' THEN rank_of('event')
        WHEN 'account_register' THEN rank_of('register') WHEN 'sent' THEN rank_of('dispatch')
        WHEN 'waited' THEN rank_of('time') ELSE account_rank
    END AS rank,
    CASE by_code
        WHEN 'overdue' THEN overdue_reference WHEN 'hold' THEN array_to_string(list_sort(persons_holds), ', ')
        WHEN 'court' THEN 'court_cases' WHEN 'account_register' THEN 'accounts'
        WHEN 'sent' THEN strftime(after_sent, '%d.%m.%Y') WHEN 'waited' THEN strftime(waited_until, '%d.%m.%Y')
        ELSE account_reference
    END AS reference
FROM judged;
