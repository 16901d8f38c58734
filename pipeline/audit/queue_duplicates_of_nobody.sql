-- A question about two payments names an account of the book, whose part has been asked about it.
SELECT payment_id AS subject, effect_rub AS difference_rub
FROM read_parquet($work_queue) AS queue ANTI JOIN read_parquet($account_index) AS known USING (account_id)
WHERE kind_code = 'duplicate_payment'
ORDER BY subject
