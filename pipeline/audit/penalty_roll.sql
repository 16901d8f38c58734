-- What the month before told of an item that it left open is `before` here.
SELECT before.account_id, CAST((coalesce(told.before_rub, 0) - before.penalty_rub) * 100 AS BIGINT) AS difference_kop
FROM read_parquet($state_penalties) AS before
LEFT JOIN read_parquet($penalties) AS told ON told.account_id = before.account_id
 AND told.document_id = before.document_id AND told.creditor_id = before.creditor_id
 AND told.contract_id = before.contract_id AND told.service_code = before.service_code
 AND told.debt_kind_code = before.debt_kind_code AND told.charge_month IS NOT DISTINCT FROM before.charge_month
WHERE CAST($has_state AS BOOLEAN) AND before.outstanding_rub > 0 AND coalesce(told.before_rub, 0) <> before.penalty_rub
ORDER BY 1
