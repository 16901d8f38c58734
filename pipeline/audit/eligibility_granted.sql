-- Entitlements that are entered twice, granted again, or that a closed month granted and the journal lacks. The journal
-- grows from month to month: it is kept as hashes, eight bytes an entitlement.
WITH journal AS (
    SELECT hash(entitlement_id) AS entitlement, hash(account_id, document_id) AS document FROM read_parquet($entitlements)
),
entered_twice AS (SELECT entitlement FROM journal GROUP BY entitlement HAVING count(*) > 1),
twice AS (
  SELECT DISTINCT account_id, document_id, 'twice' AS fault
  FROM read_parquet($entitlements) AS e SEMI JOIN entered_twice AS t ON t.entitlement = hash(e.entitlement_id)
),
again AS (
  SELECT e.account_id, e.document_id, 'again' AS fault
  FROM read_parquet($eligibility) AS e SEMI JOIN journal AS j ON j.document = hash(e.account_id, e.document_id)
),
lost AS (
  SELECT s.account_id, s.document_id, 'lost' AS fault
  FROM read_parquet($state_eligibility) AS s ANTI JOIN journal AS j ON j.entitlement = hash(s.entitlement_id)
  WHERE s.is_eligible AND s.entitlement_id IS NOT NULL
)
SELECT * FROM twice UNION ALL SELECT * FROM again UNION ALL SELECT * FROM lost ORDER BY ALL
