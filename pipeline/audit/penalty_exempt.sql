-- Days left out are exactly those of holds that let days off, on the account or on a person with a right in its flat.
WITH running AS (
    SELECT * FROM read_parquet($holds) WHERE list_contains(CAST($exempt_holds AS VARCHAR[]), reason_code)
),
held AS (
    SELECT account_id, reason_code, from_on, to_on FROM running WHERE account_id IS NOT NULL
    UNION
    SELECT accounts.account_id, holds.reason_code, holds.from_on, holds.to_on
    FROM running AS holds
    JOIN read_parquet($rights) AS rights ON rights.person_id = holds.person_id
    JOIN read_parquet($accounts) AS accounts ON accounts.premises_id = rights.premises_id
),
expected AS (SELECT held.* FROM held SEMI JOIN read_parquet($account_index) AS known ON known.account_id = held.account_id),
found AS (SELECT account_id, reason_code, from_on, to_on FROM read_parquet($penalty_exemptions))
SELECT account_id, 0 AS difference_kop FROM (
    (SELECT * FROM expected EXCEPT SELECT * FROM found) UNION ALL (SELECT * FROM found EXCEPT SELECT * FROM expected)
)
ORDER BY account_id
