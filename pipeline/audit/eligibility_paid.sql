-- Eligible documents without enough money behind them, counted anew at totals of documents: the named payments as
-- registries brought them or as advances left of them, each before the next issue and, where the programme of the
-- document's month asks for it, through an own online channel, less reversals, and credits of the account. A payment
-- counts once, whatever else it paid, so this is a lower fence.
WITH decided AS (
  SELECT account_id, document_id, next_issue_on, net_total_rub, covering_payment_ids,
         billing_month = CAST($month AS DATE) AS is_own
  FROM read_parquet($eligibility) WHERE is_eligible
),
-- midnight in Moscow once a day, not once a payment: a day or registry precision counts from the start of its day, and
-- that day begins before another day does when any moment of it does
issues AS (
  SELECT next_issue_on, next_issue_on::TIMESTAMP AT TIME ZONE 'Europe/Moscow' AS next_issue_at
  FROM (SELECT DISTINCT next_issue_on FROM decided)
),
named AS (
  SELECT account_id, document_id, is_own, next_issue_at, unnest(covering_payment_ids) AS payment_id
  FROM decided JOIN issues USING (next_issue_on)
),
-- where a payment's money can be found: the newest place says its channel and moment
money AS (
  SELECT account_id, payment_id, channel_code, paid_at, amount_rub, 4 AS place
  FROM read_parquet($posted_payments)
  UNION ALL
  SELECT account_id, payment_id, channel_code, paid_at, amount_rub, 3
  FROM read_parquet($state_advances) WHERE origin_code <> 'credit'
  UNION ALL
  SELECT account_id, payment_id, channel_code, paid_at, amount_rub, 2
  FROM read_parquet($state_posted_payments)
  UNION ALL
  SELECT account_id, payment_id, channel_code, paid_at, amount_rub, 1
  FROM read_parquet($older_advances) WHERE origin_code <> 'credit'
),
reversed AS (
  SELECT payment_id, sum(amount_rub) AS reversed_rub FROM read_parquet($all_posted_reversals)
  WHERE NOT is_correction GROUP BY payment_id
),
-- what the month before brought counts for its own documents; for this month's it is an advance by now (a filter, not
-- a term of the join: an OR there would compare every payment with every other)
usable AS (
  SELECT n.account_id, n.document_id, n.is_own, n.payment_id, n.next_issue_at,
         max(m.amount_rub) FILTER (m.place >= 3 OR NOT n.is_own) AS amount_rub,
         arg_max(m.channel_code, m.place) FILTER (m.place >= 3 OR NOT n.is_own) AS channel_code,
         arg_max(m.paid_at, m.place) FILTER (m.place >= 3 OR NOT n.is_own) AS paid_at
  FROM named n LEFT JOIN money m USING (account_id, payment_id)
  GROUP BY ALL
),
found AS (
  SELECT u.account_id, u.document_id, sum(u.amount_rub - coalesce(r.reversed_rub, 0)) AS paid_rub,
         bool_and(coalesce((c.is_own_online OR CASE WHEN u.is_own THEN CAST($any_channel_now AS BOOLEAN) ELSE CAST($any_channel_before AS BOOLEAN) END)
                           AND u.paid_at < u.next_issue_at, false)) AS is_right
  FROM usable u
  LEFT JOIN reversed r USING (payment_id)
  LEFT JOIN read_parquet($channels) c USING (channel_code)
  GROUP BY ALL
),
wanting AS (
  SELECT d.account_id, d.document_id, d.net_total_rub, f.paid_rub, f.is_right,
         f.paid_rub - d.net_total_rub + CAST($tolerance_rub AS DECIMAL(18, 2)) AS over_rub
  FROM decided d LEFT JOIN found f USING (account_id, document_id)
  WHERE f.paid_rub IS NULL OR NOT f.is_right OR over_rub < 0
),
credits AS (
  SELECT account_id, sum(amount_rub) AS credit_rub FROM (
    SELECT account_id, amount_rub FROM read_parquet($state_advances) WHERE origin_code = 'credit'
    UNION ALL
    SELECT account_id, allocated_rub FROM read_parquet($payment_allocations)
    WHERE origin_code = 'credit' AND rule_code <> 'credit' AND allocated_rub > 0
  ) SEMI JOIN wanting USING (account_id)
  GROUP BY account_id
)
SELECT account_id, document_id, net_total_rub, paid_rub
FROM wanting LEFT JOIN credits USING (account_id)
WHERE paid_rub IS NULL OR NOT is_right OR over_rub + coalesce(credit_rub, 0) < 0
ORDER BY account_id
