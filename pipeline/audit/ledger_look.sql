-- Promises over millions of rows of a part in one pass: Σ kopecks × weight, the weight a hash of the key for which the
-- promise is made. Where every item (document, balance) of the book is right to the kopeck, the sums of all parts add up
-- to 0; where one is not, they do so by a chance of 2⁻³². Nothing is grouped or sorted. The query of the promise, which
-- does that, is asked where a sum is not 0. A row is hashed twice: a hash of several columns ends with an exclusive or of
-- the last one, so that equal mistakes in rows that differ in that column alone could cancel.
-- A line's account is its document's: ingest refuses any other.
WITH replaced AS (
    SELECT DISTINCT supersedes_document_id AS document_id FROM read_parquet($billing_documents)
    WHERE supersedes_document_id IS NOT NULL
),
lines AS (
    SELECT l.payable_kop AS kop, l.document_id,
           hash(hash(l.account_id, l.document_id, c.creditor_id, l.contract_id, l.service_code, k.kind, l.charge_month)) AS item,
           hash(hash(l.account_id, c.creditor_id, l.service_code, k.kind)) AS balance,
           hash(hash(l.account_id, l.document_id)) AS document
    FROM read_parquet($charges) AS l
    LEFT JOIN read_parquet($service_contracts) AS c ON c.contract_id = l.contract_id
    LEFT JOIN (
        SELECT service_code, CASE WHEN class_code IN ('utility', 'housing') THEN 'principal' ELSE class_code END AS kind
        FROM read_parquet($services)
    ) AS k ON k.service_code = l.service_code
),
moves AS (
    SELECT CAST(allocated_rub * 100 AS BIGINT) AS kop, document_id, rule_code,
           hash(hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month)) AS item,
           hash(hash(account_id, creditor_id, service_code, debt_kind_code)) AS balance,
           hash(hash(account_id, document_id)) AS document, (rule_code = 'reversal') <> (reversal_id IS NOT NULL) AS is_odd
    FROM read_parquet($payment_allocations)
),
stood AS (
    SELECT CAST(outstanding_rub * 100 AS BIGINT) AS kop, document_id,
           hash(hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month)) AS item,
           hash(hash(account_id, creditor_id, service_code, debt_kind_code)) AS balance
    FROM read_parquet($state_open_items)
),
stands AS (
    SELECT CAST(outstanding_rub * 100 AS BIGINT) AS kop, document_id,
           hash(hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month)) AS item,
           hash(hash(account_id, creditor_id, service_code, debt_kind_code)) AS balance
    FROM read_parquet($open_items)
),
balances AS (
    SELECT *, CAST(hash(hash(account_id, creditor_id, service_code, debt_kind_code)) >> 32 AS BIGINT) AS weight
    FROM read_parquet($account_balances)
),
of_lines AS (
    SELECT sum(kop * CAST(item >> 32 AS BIGINT)) FILTER (document_id NOT IN (SELECT document_id FROM replaced)) AS items,
           sum(kop * CAST(balance >> 32 AS BIGINT)) AS billed, sum(kop * CAST(document >> 32 AS BIGINT)) AS documents
    FROM lines
),
of_moves AS (
    SELECT sum(kop * CAST(item >> 32 AS BIGINT)) FILTER (document_id NOT IN (SELECT document_id FROM replaced)) AS items,
           sum(kop * CAST(balance >> 32 AS BIGINT)) FILTER (rule_code = 'reversal') AS taken_back,
           sum(kop * CAST(balance >> 32 AS BIGINT))
               FILTER (rule_code NOT IN ('reversal', 'credit', 'superseded')) AS paid,
           sum(kop * CAST(document >> 32 AS BIGINT)) FILTER (rule_code = 'credit') AS documents,
           count(*) FILTER (kop = 0 OR is_odd OR (kop < 0 AND rule_code NOT IN ('reversal', 'superseded', 'credit'))) AS odd
    FROM moves
),
of_stood AS (
    SELECT sum(kop * CAST(item >> 32 AS BIGINT)) FILTER (document_id NOT IN (SELECT document_id FROM replaced)) AS items,
           sum(kop * CAST(balance >> 32 AS BIGINT)) AS opening
    FROM stood
),
of_stands AS (
    SELECT sum(kop * CAST(item >> 32 AS BIGINT)) FILTER (document_id NOT IN (SELECT document_id FROM replaced)) AS items,
           sum(kop * CAST(balance >> 32 AS BIGINT)) AS closing,
           count(*) FILTER (document_id IN (SELECT document_id FROM replaced)) AS on_replaced,
           count(*) FILTER (kop <= 0) AS closed
    FROM stands
),
of_balances AS (
    SELECT sum(CAST(opening_rub * 100 AS BIGINT) * weight) AS opening, sum(CAST(closing_rub * 100 AS BIGINT) * weight) AS closing,
           sum(CAST(billed_rub * 100 AS BIGINT) * weight) AS billed, sum(CAST(paid_rub * 100 AS BIGINT) * weight) AS paid,
           sum(CAST(reversed_rub * 100 AS BIGINT) * weight) AS taken_back,
           count(*) FILTER (closing_rub <> opening_rub + billed_rub - paid_rub + reversed_rub + transferred_rub
                                           - written_off_rub) AS broken
    FROM balances
),
of_documents AS (
    SELECT sum(CAST(billed_rub * 100 AS BIGINT) * CAST(hash(hash(account_id, document_id)) >> 32 AS BIGINT)) AS documents
    FROM read_parquet($billed_documents)
),
-- Credits that take from what no negative line of the cycle has made.
strangers AS (
    SELECT count(*) AS unknown
    FROM (
        SELECT hash(account_id, document_id, contract_id, service_code) AS source FROM read_parquet($payment_allocations)
        WHERE rule_code = 'credit' AND allocated_rub < 0
    ) AS taken
    ANTI JOIN (
        SELECT hash(account_id, document_id, contract_id, service_code) AS source FROM read_parquet($charges)
        WHERE payable_kop < 0
    ) AS made ON made.source = taken.source
),
-- Money laid on a replaced document, which the sum of items leaves out, where it has no such line.
astray AS (
    SELECT count(*) AS unknown
    FROM (
        SELECT hash(account_id, document_id, contract_id, service_code) AS source
        FROM read_parquet($payment_allocations) SEMI JOIN replaced USING (document_id)
        WHERE rule_code NOT IN ('reversal', 'superseded')
    ) AS laid
    ANTI JOIN (
        SELECT hash(account_id, document_id, contract_id, service_code) AS source
        FROM read_parquet($charges) SEMI JOIN replaced USING (document_id)
        UNION ALL
        SELECT hash(account_id, document_id, contract_id, service_code)
        FROM read_parquet($state_open_items) SEMI JOIN replaced USING (document_id)
    ) AS known ON known.source = laid.source
)
SELECT coalesce(l.items, 0) + coalesce(b.items, 0) - coalesce(m.items, 0) - coalesce(n.items, 0) AS items,
       n.on_replaced AS open_on_replaced, m.odd AS odd_movements, n.closed AS closed_items,
       strangers.unknown + astray.unknown AS unknown_items,
       coalesce(l.documents, 0) - coalesce(d.documents, 0) - coalesce(m.documents, 0) AS documents,
       coalesce(b.opening, 0) - coalesce(a.opening, 0) AS opening, coalesce(n.closing, 0) - coalesce(a.closing, 0) AS closing,
       coalesce(l.billed, 0) - coalesce(a.billed, 0) AS billed, coalesce(m.paid, 0) - coalesce(a.paid, 0) AS paid,
       coalesce(m.taken_back, 0) + coalesce(a.taken_back, 0) AS taken_back, a.broken AS broken_balances
FROM of_lines AS l, of_moves AS m, of_stood AS b, of_stands AS n, of_balances AS a, of_documents AS d, strangers, astray
