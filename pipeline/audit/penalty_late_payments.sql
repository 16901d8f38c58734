-- Late payments are those that the month before carried for items it left open, and the late movements of this month: per item
-- and day. An item that comes back brings those of older months as well and is looked at by its own reversal only; one that a
-- decree has changed after it was settled, by the months that settled it (penalty_settled.sql); one that a credit has, by its days.
WITH
-- shared: penalty_own_scales
known AS (
    SELECT * FROM read_parquet($state_penalties) WHERE CAST($has_state AS BOOLEAN) AND outstanding_rub > 0
),
-- One cheap look at all movements of the month, roughly and in whole microseconds: a time zone costs ten times as much on
-- every row. The limit keeps the exact question from being asked before this one.
near AS (
    SELECT * FROM read_parquet($payment_allocations)
    WHERE debt_kind_code IN ('principal', 'capital_repair')
      AND (allocated_rub < 0 AND origin_code <> 'credit'
           OR epoch_us(paid_at) > (CAST(due_on - DATE '1970-01-01' AS BIGINT) + 28) * 86400000000)
    LIMIT 1000000000000
),
-- What organisations with a scale of their own paid in the free days of all others.
near_of_own AS (
    SELECT paid.* FROM read_parquet($payment_allocations) AS paid
    SEMI JOIN own_scales ON own_scales.account_id = paid.account_id AND own_scales.service_code = paid.service_code
    WHERE debt_kind_code = 'principal' AND NOT (allocated_rub < 0 AND origin_code <> 'credit')
      AND epoch_us(paid_at) <= (CAST(due_on - DATE '1970-01-01' AS BIGINT) + 28) * 86400000000
),
moved AS MATERIALIZED (
    SELECT near.*, CAST(timezone('Europe/Moscow', paid_at) AS DATE) AS paid_on,
           date_diff('day', due_on, CAST(timezone('Europe/Moscow', paid_at) AS DATE))
           >= CASE WHEN debt_kind_code = 'capital_repair' THEN CAST($capital_repair_from_1 AS BIGINT)
                   ELSE coalesce(from_day, CAST($citizen_from_1 AS BIGINT)) END
           AND NOT (origin_code = 'credit' AND starts_with(payment_id, 'credit:' || document_id || ':')) AS is_late
    FROM (FROM near UNION ALL FROM near_of_own) AS near
    LEFT JOIN own_scales ON own_scales.account_id = near.account_id AND own_scales.service_code = near.service_code
),
coming_back AS (
    SELECT moved.account_id, moved.document_id, moved.creditor_id, moved.contract_id, moved.service_code,
           moved.debt_kind_code, moved.charge_month
    FROM moved
    ANTI JOIN known ON known.account_id = moved.account_id AND known.document_id = moved.document_id
     AND known.creditor_id = moved.creditor_id AND known.contract_id = moved.contract_id
     AND known.service_code = moved.service_code AND known.debt_kind_code = moved.debt_kind_code
     AND known.charge_month IS NOT DISTINCT FROM moved.charge_month
    WHERE moved.allocated_rub < 0 AND moved.origin_code <> 'credit'
),
settled_before AS (
    SELECT told.* FROM read_parquet($penalties) AS told
    ANTI JOIN known ON known.account_id = told.account_id AND known.document_id = told.document_id
     AND known.creditor_id = told.creditor_id AND known.contract_id = told.contract_id
     AND known.service_code = told.service_code AND known.debt_kind_code = told.debt_kind_code
     AND known.charge_month IS NOT DISTINCT FROM told.charge_month
    ANTI JOIN moved ON moved.account_id = told.account_id AND moved.document_id = told.document_id
     AND moved.creditor_id = told.creditor_id AND moved.contract_id = told.contract_id
     AND moved.service_code = told.service_code AND moved.debt_kind_code = told.debt_kind_code
     AND moved.charge_month IS NOT DISTINCT FROM told.charge_month
    WHERE told.outstanding_rub = 0 AND told.reason_code IS NULL
      AND (told.change_rub <> 0 OR told.account_id IN (SELECT account_id FROM read_parquet($credited_charges)))
),
entries AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, paid_on,
           CAST(paid_rub * 100 AS BIGINT) AS kop
    FROM read_parquet($late_payments)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, paid_on,
           -CAST(allocated_rub * 100 AS BIGINT)
    FROM moved WHERE is_late
    UNION ALL
    SELECT carried.account_id, carried.document_id, carried.creditor_id, carried.contract_id, carried.service_code,
           carried.debt_kind_code, carried.charge_month, carried.paid_on, -CAST(carried.paid_rub * 100 AS BIGINT)
    FROM read_parquet($state_late_payments) AS carried
    SEMI JOIN known ON known.account_id = carried.account_id AND known.document_id = carried.document_id
     AND known.creditor_id = carried.creditor_id AND known.contract_id = carried.contract_id
     AND known.service_code = carried.service_code AND known.debt_kind_code = carried.debt_kind_code
     AND known.charge_month IS NOT DISTINCT FROM carried.charge_month
    LEFT JOIN own_scales ON own_scales.account_id = carried.account_id AND own_scales.service_code = carried.service_code
    -- where the payer is another now, by whose days the payment is not late, it is dropped
    WHERE date_diff('day', carried.due_on, carried.paid_on) >= CASE WHEN carried.debt_kind_code = 'capital_repair'
          THEN CAST($capital_repair_from_1 AS BIGINT) ELSE coalesce(from_day, CAST($citizen_from_1 AS BIGINT)) END
)
SELECT entries.account_id, CAST(sum(kop) AS BIGINT) AS difference_kop
FROM entries
ANTI JOIN coming_back ON coming_back.account_id = entries.account_id AND coming_back.document_id = entries.document_id
 AND coming_back.creditor_id = entries.creditor_id AND coming_back.contract_id = entries.contract_id
 AND coming_back.service_code = entries.service_code AND coming_back.debt_kind_code = entries.debt_kind_code
 AND coming_back.charge_month IS NOT DISTINCT FROM entries.charge_month
ANTI JOIN settled_before AS settled ON settled.account_id = entries.account_id AND settled.document_id = entries.document_id
 AND settled.creditor_id = entries.creditor_id AND settled.contract_id = entries.contract_id
 AND settled.service_code = entries.service_code AND settled.debt_kind_code = entries.debt_kind_code
 AND settled.charge_month IS NOT DISTINCT FROM entries.charge_month
GROUP BY entries.account_id, entries.document_id, entries.creditor_id, entries.contract_id, entries.service_code,
         entries.debt_kind_code, entries.charge_month, entries.paid_on
HAVING sum(kop) <> 0
ORDER BY entries.account_id
