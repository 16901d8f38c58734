-- An organisation goes by the scale of the kind that the register tells, on services of the kinds that the rule names; nobody else does.
WITH expected AS (
    SELECT DISTINCT account.account_id, service.service_code, organisation_kind_code AS scale_code
    FROM read_parquet($accounts) AS account CROSS JOIN read_parquet($services) AS service
    WHERE account_kind_code = 'organisation' AND organisation_kind_code IS NOT NULL
      AND list_contains(CAST($organisation_resources AS VARCHAR[]), coalesce(service.kind_code, service.service_code))
      AND account.account_id IN (SELECT account_id FROM read_parquet($account_index))
),
found AS (SELECT account_id, service_code, scale_code FROM read_parquet($penalty_scales))
SELECT account_id, 0 AS difference_kop FROM (
    (SELECT * FROM expected EXCEPT SELECT * FROM found) UNION ALL (SELECT * FROM found EXCEPT SELECT * FROM expected)
)
ORDER BY account_id
