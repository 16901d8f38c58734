-- Nobody is charged who must not be: other kinds of debt, lump sums, disputed items, accounts of organisations; and nobody
-- is let off as an organisation who is none.
WITH disputed AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month
    FROM read_parquet($open_items) WHERE is_disputed
),
told AS (
    SELECT *, account_id IN (SELECT account_id FROM read_parquet($accounts) WHERE account_kind_code = 'organisation')
           AS is_organisation
    FROM read_parquet($penalties)
)
SELECT account_id, CAST(penalty_rub * 100 AS BIGINT) AS difference_kop
FROM told
WHERE debt_kind_code NOT IN ('principal', 'capital_repair')
   OR is_organisation <> (coalesce(reason_code, '') = 'organisation')
   OR penalty_rub <> 0 AND (is_organisation OR charge_month IS NULL OR coalesce(reason_code, '') <> 'time_barred' AND EXISTS (
       SELECT 1 FROM disputed
       WHERE disputed.account_id = told.account_id AND disputed.document_id = told.document_id
         AND disputed.creditor_id = told.creditor_id AND disputed.contract_id = told.contract_id
         AND disputed.service_code = told.service_code AND disputed.debt_kind_code = told.debt_kind_code
         AND disputed.charge_month IS NOT DISTINCT FROM told.charge_month))
ORDER BY account_id
