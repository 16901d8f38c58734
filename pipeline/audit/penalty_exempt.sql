-- Days left out are exactly those of holds `mobilised` on the account, or on a person with a right in its flat.
WITH held AS (
    SELECT account_id, from_on, to_on FROM read_parquet($holds) WHERE reason_code = 'mobilised' AND account_id IS NOT NULL
    UNION
    SELECT accounts.account_id, holds.from_on, holds.to_on
    FROM read_parquet($holds) AS holds
    JOIN read_parquet($rights) AS rights ON rights.person_id = holds.person_id
    JOIN read_parquet($accounts) AS accounts ON accounts.premises_id = rights.premises_id
    WHERE holds.reason_code = 'mobilised'
),
expected AS (SELECT held.* FROM held SEMI JOIN read_parquet($account_index) AS known ON known.account_id = held.account_id),
found AS (SELECT account_id, from_on, to_on FROM read_parquet($penalty_exemptions))
SELECT account_id, 0 AS difference_kop FROM (
    (SELECT * FROM expected EXCEPT SELECT * FROM found) UNION ALL (SELECT * FROM found EXCEPT SELECT * FROM expected)
)
ORDER BY account_id
