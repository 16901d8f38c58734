-- The promise of penalty_items in one number: Σ kopecks × weight of the item, the weight a hash of its key and due date.
WITH entries AS (
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on) >> 20
           AS weight, CAST(outstanding_rub * 100 AS HUGEINT) AS kop
    FROM read_parquet($penalties)
    UNION ALL
    SELECT hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on) >> 20,
           -CAST(outstanding_rub * 100 AS HUGEINT)
    FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND date_diff('day', due_on, CAST($as_of AS DATE))
          > CASE WHEN debt_kind_code = 'capital_repair' THEN CAST($repair_free AS BIGINT) ELSE CAST($free AS BIGINT) END
)
SELECT coalesce(sum(kop * CAST(weight AS HUGEINT)), 0) = 0 AS holds FROM entries
