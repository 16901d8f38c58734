-- Open items: billed − paid − written off = outstanding > 0, and the weight of the epoch covers what is open.
SELECT account_id, CAST((billed_rub - paid_rub - written_off_rub - outstanding_rub) * 100 AS BIGINT) AS difference_kop
FROM read_parquet($open_items)
WHERE billed_rub - paid_rub - written_off_rub <> outstanding_rub OR outstanding_rub <= 0
   OR epoch_base_rub < outstanding_rub
ORDER BY account_id
