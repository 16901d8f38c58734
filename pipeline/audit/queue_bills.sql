-- Every account without a bill is in the queue: by its own row, or by its document refused in this cycle; no other is.
WITH incomplete AS (
    SELECT DISTINCT account_id FROM read_parquet($incomplete_bills) WHERE reason_code <> 'earlier_document_rejected'
),
refused AS (
    SELECT DISTINCT queue.account_id
    FROM read_parquet($work_queue) AS queue JOIN read_parquet($quarantine) AS refused
      ON refused.table_name = queue.table_name AND refused.delivery_id = queue.refused_delivery_id
     AND refused.row_number = queue.refused_row_number
    WHERE queue.kind_code = 'quarantined_document' AND queue.account_id IS NOT NULL
),
usual AS (
    SELECT account_id, greatest(CAST(sum(billed_rub) AS DECIMAL(18, 2)), 0) AS rub
    FROM read_parquet($state_billed_documents) WHERE NOT is_superseded GROUP BY account_id
),
expected AS (
    SELECT account_id, coalesce(rub, 0) AS rub
    FROM incomplete ANTI JOIN refused USING (account_id) LEFT JOIN usual USING (account_id)
),
queued AS (SELECT account_id, effect_rub AS rub FROM read_parquet($work_queue) WHERE kind_code = 'account_without_bill')
SELECT coalesce(expected.account_id, queued.account_id) AS subject, coalesce(queued.rub, 0) - coalesce(expected.rub, 0) AS difference_rub
FROM expected FULL JOIN queued USING (account_id)
WHERE expected.rub IS DISTINCT FROM queued.rub
ORDER BY subject
