-- Every open item past its free days is told with what is open of it, and nothing else is told as open.
-- An item is named by a hash: eight texts and days would cost twice as much.
WITH entries AS (
    SELECT account_id,
           hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on) AS item,
           outstanding_rub AS rub, 1 AS sign
    FROM read_parquet($penalties) WHERE outstanding_rub > 0
    UNION ALL
    SELECT account_id,
           hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, due_on),
           -outstanding_rub, -1
    FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND date_diff('day', due_on, CAST($as_of AS DATE))
          > CASE WHEN debt_kind_code = 'capital_repair' THEN CAST($repair_free AS BIGINT) ELSE CAST($free AS BIGINT) END
)
SELECT any_value(account_id) AS account_id, CAST(sum(rub) * 100 AS BIGINT) AS difference_kop
FROM entries
GROUP BY item
HAVING sum(rub) <> 0 OR sum(sign) <> 0
ORDER BY account_id
