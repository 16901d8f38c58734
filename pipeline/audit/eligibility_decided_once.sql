-- Live main documents of the month that are not decided exactly once, and refusals of the month before, not final and
-- not replaced, that got lost.
WITH decisions AS (
  SELECT account_id, document_id, count(*) AS times FROM read_parquet($eligibility) GROUP BY ALL
),
live AS (
  SELECT DISTINCT account_id, document_id FROM read_parquet($billed_documents)
  WHERE document_type_code = 'main' AND NOT is_superseded AND billing_month = CAST($month AS DATE)
),
replaced AS (
  SELECT DISTINCT supersedes_document_id AS document_id FROM read_parquet($billing_documents)
  WHERE supersedes_document_id IS NOT NULL
),
undecided AS (
  SELECT account_id, document_id FROM read_parquet($state_eligibility)
  WHERE NOT is_eligible AND NOT is_final AND document_id NOT IN (SELECT document_id FROM replaced)
)
SELECT coalesce(wanted.account_id, decisions.account_id) AS account_id,
       coalesce(wanted.document_id, decisions.document_id) AS document_id, coalesce(times, 0) AS times
FROM (SELECT * FROM live UNION SELECT * FROM undecided) wanted
FULL JOIN decisions USING (account_id, document_id)
WHERE coalesce(times, 0) > 1 OR (wanted.document_id IS NOT NULL AND times IS NULL)
ORDER BY ALL
