-- The segments of an item add up to its penalty (one that is time-barred has none any more), none reaches past its count, and no two of one part share a day.
-- An item is named by a hash: seven texts and days would cost twice as much.
WITH segments AS (
    SELECT account_id, penalty_rub, to_on, from_on, paid_on,
           hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item
    FROM read_parquet($penalty_accruals)
),
following AS (
    SELECT *, lag(to_on) OVER (PARTITION BY item, paid_on ORDER BY from_on) AS last_on FROM segments
),
summed AS (
    SELECT item, any_value(account_id) AS account_id, sum(penalty_rub) AS penalty_rub, max(to_on) AS to_on,
           coalesce(bool_or(from_on <= last_on), false) AS is_double
    FROM following GROUP BY item
),
told AS (
    SELECT account_id, counted_to_on,
           hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month) AS item,
           CASE WHEN reason_code = 'time_barred' THEN 0 ELSE penalty_rub END AS penalty_rub
    FROM read_parquet($penalties)
)
SELECT coalesce(told.account_id, summed.account_id) AS account_id,
       CAST((coalesce(told.penalty_rub, 0) - coalesce(summed.penalty_rub, 0)) * 100 AS BIGINT) AS difference_kop
FROM summed FULL JOIN told USING (item)
WHERE coalesce(told.penalty_rub, 0) <> coalesce(summed.penalty_rub, 0) OR is_double OR summed.to_on > told.counted_to_on
ORDER BY 1
