-- Every open item past its free days, of which some organisations have none, is told with what is open of it, and nothing else is told as open.
-- An item is named by a hash: eight texts and days would cost twice as much.
WITH
-- shared: penalty_own_scales
entries AS (
    SELECT account_id,
           hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on) AS item,
           outstanding_rub AS rub, 1 AS sign
    FROM read_parquet($penalties) WHERE outstanding_rub > 0
    UNION ALL
    SELECT account_id,
           hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on),
           -outstanding_rub, -1
    FROM read_parquet($open_items) AS item
    ANTI JOIN own_scales ON own_scales.account_id = item.account_id AND own_scales.service_code = item.service_code
     AND item.debt_kind_code = 'principal'
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND date_diff('day', due_on, CAST($as_of AS DATE))
          >= CASE WHEN debt_kind_code = 'capital_repair' THEN CAST($capital_repair_from_1 AS BIGINT) ELSE CAST($citizen_from_1 AS BIGINT) END
    UNION ALL
    SELECT item.account_id,
           hash(item.account_id, document_id, creditor_id, contract_id, item.service_code, debt_kind_code, charge_month, due_on),
           -outstanding_rub, -1
    FROM read_parquet($open_items) AS item
    JOIN own_scales ON own_scales.account_id = item.account_id AND own_scales.service_code = item.service_code
     AND item.debt_kind_code = 'principal'
    WHERE date_diff('day', due_on, CAST($as_of AS DATE)) >= from_day
)
SELECT any_value(account_id) AS account_id, CAST(sum(rub) * 100 AS BIGINT) AS difference_kop
FROM entries
GROUP BY item
HAVING sum(rub) <> 0 OR sum(sign) <> 0
ORDER BY account_id
