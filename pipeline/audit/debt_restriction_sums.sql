-- What a restriction names is what the ledger holds open for that service under a contract in force, no more: overdue
-- principal without disputed, time-barred and lump sums; the claim is less whatever could cover the debt.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
owed AS (
    SELECT item.account_id, item.creditor_id, item.service_code, sum(outstanding_rub) AS owed_rub
    FROM read_parquet($open_items) AS item
    SEMI JOIN read_parquet($restriction_list) USING (account_id, creditor_id, service_code) CROSS JOIN night
    WHERE debt_kind_code = 'principal' AND days_overdue > 0 AND NOT is_disputed AND NOT is_time_barred
      AND charge_month IS NOT NULL
      AND EXISTS (
          FROM read_parquet($service_contracts) AS contract
          WHERE contract.contract_id = item.contract_id AND contract.creditor_id = item.creditor_id
            AND valid_from <= night.on AND coalesce(valid_to >= night.on, true)
      )
    GROUP BY ALL
)
SELECT listed.account_id, listed.total_rub - coalesce(owed_rub, 0) AS difference_rub
FROM read_parquet($restriction_list) AS listed
LEFT JOIN owed USING (account_id, creditor_id, service_code)
LEFT JOIN read_parquet($debtors) AS debtor
  ON debtor.account_id = listed.account_id AND debtor.creditor_id = listed.creditor_id AND debtor.track_code = 'notice'
WHERE listed.total_rub <> coalesce(owed_rub, 0)
   OR listed.claimed_rub <> listed.total_rub - least(listed.total_rub, coalesce(debtor.shielded_rub, 0))
ORDER BY listed.account_id
