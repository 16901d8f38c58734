-- Nobody is charged who must not be: other kinds of debt, lump sums, disputed items, organisations of no told kind and what
-- organisations have no confirmed rule for; and nobody else is let off for one of the last two. Nor is a tenant for capital repair,
-- which the owner of his flat owes, or anybody for what was disputed when it was paid.
WITH organisations AS (
    SELECT account_id, any_value(organisation_kind_code) AS kind FROM read_parquet($accounts)
    WHERE account_kind_code = 'organisation' GROUP BY account_id
),
with_rule AS (
    SELECT service_code FROM read_parquet($services)
    WHERE list_contains(CAST($organisation_services AS VARCHAR[]), coalesce(kind_code, service_code))
),
disputed AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month
    FROM read_parquet($open_items) WHERE is_disputed
),
paid_disputed AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month
    FROM read_parquet($state_penalties) WHERE CAST($has_state AS BOOLEAN) AND reason_code = 'disputed' AND outstanding_rub > 0
),
told AS (
    SELECT told.*, CASE WHEN organisations.account_id IS NULL THEN NULL WHEN kind IS NULL THEN 'organisation'
                        WHEN debt_kind_code <> 'capital_repair' AND service_code NOT IN (SELECT service_code FROM with_rule)
                        THEN 'no_rule' END AS let_off
    FROM read_parquet($penalties) AS told LEFT JOIN organisations ON organisations.account_id = told.account_id
)
SELECT account_id, CAST(penalty_rub * 100 AS BIGINT) AS difference_kop
FROM told
WHERE debt_kind_code NOT IN ('principal', 'capital_repair')
   OR let_off IS DISTINCT FROM CASE WHEN reason_code IN ('organisation', 'no_rule') THEN reason_code END
   OR penalty_rub <> 0 AND (let_off IS NOT NULL OR charge_month IS NULL OR coalesce(reason_code, '') <> 'time_barred' AND EXISTS (
       SELECT 1 FROM disputed
       WHERE disputed.account_id = told.account_id AND disputed.document_id = told.document_id
         AND disputed.creditor_id = told.creditor_id AND disputed.contract_id = told.contract_id
         AND disputed.service_code = told.service_code AND disputed.debt_kind_code = told.debt_kind_code
         AND disputed.charge_month IS NOT DISTINCT FROM told.charge_month))
   OR penalty_rub <> 0 AND outstanding_rub = 0 AND coalesce(reason_code, '') <> 'time_barred' AND (
       debt_kind_code = 'capital_repair' AND account_id IN (
           SELECT account_id FROM read_parquet($accounts) WHERE account_kind_code = 'municipal_tenant')
       OR EXISTS (
           SELECT 1 FROM paid_disputed AS disputed
           WHERE disputed.account_id = told.account_id AND disputed.document_id = told.document_id
             AND disputed.creditor_id = told.creditor_id AND disputed.contract_id = told.contract_id
             AND disputed.service_code = told.service_code AND disputed.debt_kind_code = told.debt_kind_code
             AND disputed.charge_month IS NOT DISTINCT FROM told.charge_month))
ORDER BY account_id
