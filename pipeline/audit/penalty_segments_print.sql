-- The promise of penalty_segments in one number: Σ kopecks × weight of the item, the weight a hash of its whole key; and no
-- segment out of order. Where it does not hold, penalty_segments says which items.
WITH entries AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           CAST(penalty_rub * 100 AS HUGEINT) AS kop, false AS is_wrong
    FROM read_parquet($penalties)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           -CAST(penalty_rub * 100 AS HUGEINT),
           -- rows stand in the order of their key
           (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, paid_on)
           IS NOT DISTINCT FROM
           (lag(account_id) OVER (), lag(document_id) OVER (), lag(creditor_id) OVER (), lag(contract_id) OVER (),
            lag(service_code) OVER (), lag(debt_kind_code) OVER (), lag(charge_month) OVER (), lag(paid_on) OVER ())
           AND from_on <= lag(to_on) OVER ()
    FROM read_parquet($penalty_accruals)
)
SELECT coalesce(sum(kop * CAST(hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code,
                                    charge_month) >> 20 AS HUGEINT)), 0) = 0
       AND NOT coalesce(bool_or(is_wrong), false) AS holds
FROM entries
