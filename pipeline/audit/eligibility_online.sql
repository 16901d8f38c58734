-- Documents refused as not paid online although they are paid in full and every named payment came through an own
-- online channel. A payment whose row is in none of these files leaves its document aside.
WITH named AS (
  SELECT account_id, document_id, unnest(covering_payment_ids) AS payment_id
  FROM read_parquet($eligibility) WHERE is_paid_in_full AND NOT is_paid_online
),
money AS (
  SELECT payment_id, channel_code FROM read_parquet($posted_payments)
  UNION ALL
  SELECT payment_id, channel_code FROM read_parquet($state_posted_payments)
  UNION ALL
  SELECT payment_id, channel_code FROM read_parquet($state_advances)
)
SELECT account_id, document_id
FROM named LEFT JOIN money USING (payment_id) LEFT JOIN read_parquet($channels) USING (channel_code)
GROUP BY ALL
HAVING bool_and(coalesce(is_own_online, false))
ORDER BY account_id
