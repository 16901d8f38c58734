-- What is time-barred, and nothing else, stands still: nothing more is proposed of it, and what was proposed falls away as far
-- as no document has billed it (ГК РФ, ст. 207). What waited for longer than a month falls away with it, not told here how much.
WITH keyed AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, is_time_barred
    FROM read_parquet($open_items)
),
before AS (SELECT * FROM read_parquet($state_penalties) WHERE CAST($has_state AS BOOLEAN) AND outstanding_rub > 0),
waited AS (
    SELECT account_id, creditor_id, opening_rub <> 0 AND status_code = 'proposed' AS is_older
    FROM read_parquet($state_penalty_proposals) WHERE CAST($has_state AS BOOLEAN)
),
told AS (
    SELECT told.account_id, told.change_rub, coalesce(told.reason_code, '') = 'time_barred' AS is_told_barred,
           CASE WHEN told.outstanding_rub > 0 THEN coalesce(keyed.is_time_barred, false)
                ELSE coalesce(before.reason_code, '') = 'time_barred' END
           AND told.charge_month IS NOT NULL AND coalesce(told.reason_code, '') NOT IN ('organisation', 'no_rule') AS is_barred,
           CASE WHEN coalesce(before.reason_code, '') = 'time_barred' THEN 0
                WHEN billed.status_code IN ('billed', 'mismatch') THEN 0
                ELSE least(0, -coalesce(before.change_rub, 0)) END AS expected_rub,
           -- nothing was told of it, or it has waited for longer: only that nothing grows
           before.account_id IS NULL AND told.outstanding_rub = 0 OR coalesce(waited.is_older, false)
           AND before.reason_code IS DISTINCT FROM 'time_barred' AND billed.status_code = 'proposed' AS is_loose
    FROM read_parquet($penalties) AS told
    LEFT JOIN keyed ON keyed.account_id = told.account_id AND keyed.document_id = told.document_id
     AND keyed.creditor_id = told.creditor_id AND keyed.contract_id = told.contract_id
     AND keyed.service_code = told.service_code AND keyed.debt_kind_code = told.debt_kind_code
     AND keyed.charge_month IS NOT DISTINCT FROM told.charge_month
    LEFT JOIN before ON before.account_id = told.account_id AND before.document_id = told.document_id
     AND before.creditor_id = told.creditor_id AND before.contract_id = told.contract_id
     AND before.service_code = told.service_code AND before.debt_kind_code = told.debt_kind_code
     AND before.charge_month IS NOT DISTINCT FROM told.charge_month
    LEFT JOIN waited ON waited.account_id = told.account_id AND waited.creditor_id = told.creditor_id
    LEFT JOIN read_parquet($penalty_proposals) AS billed
      ON billed.account_id = told.account_id AND billed.creditor_id = told.creditor_id
)
SELECT account_id, CAST((change_rub - CASE WHEN is_told_barred THEN expected_rub ELSE change_rub END) * 100 AS BIGINT)
       AS difference_kop
FROM told
WHERE is_told_barred <> is_barred AND NOT (is_loose AND is_told_barred)
   OR is_told_barred AND CASE WHEN is_loose THEN change_rub > 0 ELSE change_rub <> expected_rub END
ORDER BY account_id
