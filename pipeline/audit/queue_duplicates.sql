-- Two payments are asked about exactly when one account paid one sum twice within the term, alike in everything, the
-- later one posted in this cycle, the earlier one the nearest before it, and neither taken back.
WITH taken_back AS (
    SELECT payment_id FROM read_parquet($all_posted_reversals)
    UNION SELECT payment_id FROM read_parquet($all_state_posted_reversals)
),
paid AS (
    SELECT *, true AS is_new FROM read_parquet($posted_payments)
    UNION ALL BY NAME
    SELECT *, false AS is_new FROM read_parquet($state_posted_payments)
),
-- Few accounts paid one sum twice: only theirs are compared in all that payments say.
twice AS (SELECT account_id, amount_rub FROM paid GROUP BY ALL HAVING count(*) > 1),
standing AS (SELECT * FROM paid SEMI JOIN twice USING (account_id, amount_rub) ANTI JOIN taken_back USING (payment_id)),
pairs AS (
    SELECT later.payment_id, later.amount_rub, earlier.payment_id AS other_payment_id
    FROM standing AS later JOIN standing AS earlier
      ON later.account_id = earlier.account_id AND later.amount_rub = earlier.amount_rub
     AND later.payer_code = earlier.payer_code AND later.channel_code = earlier.channel_code
     AND later.purpose_code = earlier.purpose_code
     AND later.designated_document_id IS NOT DISTINCT FROM earlier.designated_document_id
     AND later.designated_month IS NOT DISTINCT FROM earlier.designated_month
     AND later.designated_creditor_id IS NOT DISTINCT FROM earlier.designated_creditor_id
     AND later.court_case_id IS NOT DISTINCT FROM earlier.court_case_id
     AND later.contract_reference IS NOT DISTINCT FROM earlier.contract_reference
     AND (earlier.paid_at, earlier.payment_id) < (later.paid_at, later.payment_id)
    WHERE later.is_new AND date_diff('second', earlier.paid_at, later.paid_at) <= CAST($within_minutes AS INTEGER) * 60
    QUALIFY row_number() OVER (PARTITION BY later.payment_id
                               ORDER BY earlier.paid_at DESC, earlier.payment_id DESC) = 1
),
queued AS (
    SELECT payment_id, other_payment_id, effect_rub
    FROM read_parquet($all_work_queue) AS queue SEMI JOIN read_parquet($account_index) AS own USING (account_id)
    WHERE kind_code = 'duplicate_payment'
)
SELECT coalesce(pairs.payment_id, queued.payment_id) AS subject,
       coalesce(queued.effect_rub, 0) - coalesce(pairs.amount_rub, 0) AS difference_rub
FROM pairs FULL JOIN queued USING (payment_id)
WHERE pairs.amount_rub IS DISTINCT FROM queued.effect_rub OR pairs.other_payment_id IS DISTINCT FROM queued.other_payment_id
ORDER BY subject
