-- What the cycle's documents credit of months that other documents billed, again from the movements of money: the negative lines of a
-- document, and the items of that month, creditor and service that are or were open with what they were billed, or that an older month
-- settled with a penalty with what of them was paid late; the oldest due date first. What the month before carried of items that it
-- left open goes on, unless the crediting document is replaced, and the credit's own money on the item follows the movements.
-- What older months told was read by key and staged as it was read; which of it counts is decided here again.
WITH replaced AS (
    SELECT supersedes_document_id AS document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL
),
moved AS MATERIALIZED (
    SELECT * FROM read_parquet($payment_allocations)
    WHERE origin_code = 'credit' OR allocated_rub < 0 AND debt_kind_code IN ('principal', 'capital_repair')
),
credits AS MATERIALIZED (
    SELECT account_id, creditor_id, service_code, debt_kind_code, charge_month, document_id, CAST(sum(allocated_rub) * -100 AS BIGINT) AS kop
    FROM moved
    WHERE rule_code = 'credit' AND allocated_rub < 0 AND charge_month IS NOT NULL
      AND debt_kind_code IN ('principal', 'capital_repair') AND starts_with(payment_id, 'credit:' || document_id || ':')
      AND document_id NOT IN (SELECT document_id FROM replaced)
    GROUP BY ALL
),
months AS (SELECT DISTINCT account_id, creditor_id, service_code, debt_kind_code, charge_month FROM credits),
told AS MATERIALIZED (
    SELECT *, hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item,
           CAST(credited_rub * 100 AS BIGINT) AS kop, CAST(laid_rub * 100 AS BIGINT) AS laid_kop,
           credit_document_id IN (SELECT document_id FROM credits) AS is_new
    FROM read_parquet($credited_charges)
),
told_before AS MATERIALIZED (SELECT *, hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item FROM read_parquet($penalties_told_earlier)),
credited_before AS MATERIALIZED (SELECT *, hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item FROM read_parquet($credited_told_earlier)),
was_open AS MATERIALIZED (
    SELECT *, hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item FROM read_parquet($state_open_items)
    WHERE CAST($has_items AS BOOLEAN) AND (account_id IN (SELECT account_id FROM months)
          OR account_id IN (SELECT account_id FROM told) OR account_id IN (SELECT account_id FROM credited_before) OR account_id IN (SELECT account_id FROM read_parquet($state_credited_charges)))
),
open_items AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on, CAST(billed_rub * 100 AS BIGINT) AS billed_kop, 1 AS place FROM read_parquet($open_items) SEMI JOIN months USING (account_id, creditor_id, service_code, debt_kind_code, charge_month)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on, CAST(billed_rub * 100 AS BIGINT), 2
    FROM was_open SEMI JOIN months USING (account_id, creditor_id, service_code, debt_kind_code, charge_month) WHERE document_id NOT IN (SELECT document_id FROM replaced)
),
settled AS (
    SELECT told_before.* FROM told_before SEMI JOIN months USING (account_id, creditor_id, service_code, debt_kind_code, charge_month)
    JOIN (SELECT item, max(run_month) AS run_month FROM told_before GROUP BY item) AS last
      ON last.item = told_before.item AND last.run_month = told_before.run_month
    WHERE outstanding_kop = 0 AND penalty_kop > 0 AND reason_code IS NULL
      AND told_before.item NOT IN (SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) FROM open_items)
      AND told_before.item NOT IN (SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) FROM moved WHERE origin_code <> 'credit')
),
paid_before AS (
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item, run_month, sum(paid_kop) AS paid_kop FROM read_parquet($late_told_earlier) GROUP BY ALL
),
candidates AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on, arg_min(billed_kop, place) AS billed_kop
    FROM (
        SELECT * FROM open_items
        UNION ALL
        SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on, paid_kop, 3 FROM settled JOIN paid_before USING (item, run_month)
    ) GROUP BY ALL
),
room AS (
    SELECT candidates.*, hash(candidates.account_id, candidates.document_id, candidates.creditor_id, candidates.contract_id, candidates.service_code, candidates.debt_kind_code, candidates.charge_month) AS item,
           billed_kop - coalesce(used.kop, 0) AS room_kop
    FROM candidates
    LEFT JOIN (SELECT item, sum(kop) AS kop FROM told WHERE NOT is_new GROUP BY item) AS used
      ON used.item = hash(candidates.account_id, candidates.document_id, candidates.creditor_id, candidates.contract_id, candidates.service_code, candidates.debt_kind_code, candidates.charge_month)
    ANTI JOIN credits USING (account_id, creditor_id, service_code, debt_kind_code, charge_month, document_id)
),
takers AS (
    SELECT *, sum(room_kop) OVER (PARTITION BY account_id, creditor_id, service_code, debt_kind_code, charge_month ORDER BY due_on, document_id, contract_id) AS upto
    FROM room WHERE room_kop > 0
),
givers AS (
    SELECT *, sum(kop) OVER (PARTITION BY account_id, creditor_id, service_code, debt_kind_code, charge_month ORDER BY credited_in_month, document_id) AS upto
    FROM credits JOIN (SELECT document_id, any_value(billing_month) AS credited_in_month FROM moved GROUP BY document_id) USING (document_id)
),
newly AS (
    SELECT takers.account_id, item, givers.document_id AS credit_document_id,
           least(takers.upto, givers.upto) - greatest(takers.upto - room_kop, givers.upto - kop) AS kop
    FROM takers JOIN givers USING (account_id, creditor_id, service_code, debt_kind_code, charge_month)
),
-- an item that comes back, by a payment taken back or another credit, brings what the month that told it last credited of it
comes_back AS (
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item FROM moved WHERE origin_code <> 'credit' AND hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) NOT IN (SELECT item FROM was_open)
    UNION
    SELECT item FROM newly SEMI JOIN settled USING (item) WHERE kop > 0
),
last_told AS (
    SELECT item, max(run_month) AS run_month
    FROM (SELECT item, run_month FROM told_before UNION ALL SELECT item, run_month FROM credited_before) GROUP BY item
),
expected AS (
    SELECT *, 0 AS laid_kop FROM newly
    UNION ALL
    SELECT account_id, hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month), credit_document_id,
           CAST(credited_rub * 100 AS BIGINT), CAST(laid_rub * 100 AS BIGINT)
    FROM read_parquet($state_credited_charges)
    WHERE CAST($has_credited AS BOOLEAN) AND credit_document_id NOT IN (SELECT document_id FROM replaced)
      AND hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) IN (SELECT item FROM was_open)
    UNION ALL
    SELECT account_id, item, credit_document_id, credited_kop, laid_kop
    FROM credited_before SEMI JOIN last_told USING (item, run_month) SEMI JOIN comes_back USING (item)
    WHERE credit_document_id NOT IN (SELECT document_id FROM replaced)
),
laid_now AS (
    SELECT told.account_id, told.item, credit_document_id, 0 AS kop, sum(CAST(allocated_rub * 100 AS BIGINT)) AS laid_kop
    FROM moved JOIN told ON told.item = hash(moved.account_id, moved.document_id, moved.creditor_id, moved.contract_id, moved.service_code, moved.debt_kind_code, moved.charge_month)
     AND starts_with(moved.payment_id, 'credit:' || credit_document_id || ':')
    GROUP BY ALL
),
by_decree AS (SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item FROM read_parquet($penalties_settled)),
entries AS (
    SELECT account_id, item, credit_document_id, kop, laid_kop, 1 AS sign, laid_rub > 0 AND laid_on IS NULL AS is_undated FROM told
    UNION ALL
    SELECT account_id, item, credit_document_id, -kop, -laid_kop, -1, false FROM expected WHERE kop > 0
    UNION ALL
    SELECT account_id, item, credit_document_id, 0, -laid_kop, 0, false FROM laid_now
)
SELECT any_value(account_id) AS account_id, CAST(sum(kop) + sum(laid_kop) AS BIGINT) AS difference_kop
FROM entries
-- what a decree tells again is compared with the month that settled it (`penalty_settled.sql`)
WHERE item NOT IN (SELECT item FROM by_decree)
GROUP BY item, credit_document_id
HAVING sum(kop) <> 0 OR sum(laid_kop) <> 0 OR sum(sign) <> 0 OR bool_or(is_undated)
ORDER BY account_id
