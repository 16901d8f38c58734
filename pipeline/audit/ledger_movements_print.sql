-- The promise of ledger_movements over hashes of the items' keys in place of their texts. Two items of one hash could hide
-- a movement on an unknown item: a chance of 2⁻⁴⁰ for a book of a million items.
WITH known AS (
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code) AS item
    FROM read_parquet($state_open_items)
    UNION ALL
    SELECT hash(l.account_id, l.document_id, c.creditor_id, l.contract_id, l.service_code)
    FROM read_parquet($charges) AS l
    LEFT JOIN read_parquet($service_contracts) AS c ON c.contract_id = l.contract_id
    UNION ALL
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code)
    FROM read_parquet($payment_allocations) WHERE rule_code IN ('reversal', 'superseded') AND allocated_rub < 0
)
SELECT NOT EXISTS (
           SELECT 1 FROM read_parquet($payment_allocations)
           WHERE allocated_rub = 0
              OR (allocated_rub < 0 AND rule_code NOT IN ('reversal', 'superseded', 'credit'))
              OR ((rule_code = 'reversal') <> (reversal_id IS NOT NULL))
       )
       AND NOT EXISTS (
           SELECT 1 FROM (
               SELECT hash(account_id, document_id, creditor_id, contract_id, service_code) AS item
               FROM read_parquet($payment_allocations)
           ) AS moved ANTI JOIN known ON known.item = moved.item
       ) AS holds
