-- Entitlements that are entered twice, granted again, or that a closed month granted and the journal lacks.
WITH journal AS (SELECT entitlement_id, account_id, document_id FROM read_parquet($entitlements)),
twice AS (
  SELECT any_value(account_id) AS account_id, any_value(document_id) AS document_id, 'twice' AS fault
  FROM journal GROUP BY entitlement_id HAVING count(*) > 1
),
again AS (
  SELECT e.account_id, e.document_id, 'again' AS fault
  FROM read_parquet($eligibility) e JOIN journal USING (account_id, document_id)
),
lost AS (
  SELECT s.account_id, s.document_id, 'lost' AS fault
  FROM read_parquet($state_eligibility) s
  WHERE s.is_eligible AND s.entitlement_id NOT IN (SELECT entitlement_id FROM journal)
)
SELECT * FROM twice UNION ALL SELECT * FROM again UNION ALL SELECT * FROM lost ORDER BY ALL
