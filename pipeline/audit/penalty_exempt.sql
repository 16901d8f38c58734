-- Days left out are exactly those of holds and statuses that let days off, on the account or on a person with a right in its
-- flat while the right lasts; of a closed account whoever held a right on its last day keeps the days. Of one status the row
-- registered last counts.
WITH statuses AS (
    SELECT person_id, CASE status_code WHEN 'mobilised_family' THEN 'mobilised' ELSE status_code END AS reason_code,
           valid_from AS from_on, valid_to AS to_on
    FROM read_parquet($person_statuses)
    QUALIFY row_number() OVER (PARTITION BY person_id, status_code, valid_from ORDER BY registered_at DESC, event_id DESC) = 1
),
running AS (
    SELECT * FROM (
        SELECT account_id, person_id, reason_code, from_on, to_on FROM read_parquet($holds)
        UNION ALL SELECT NULL, person_id, reason_code, from_on, to_on FROM statuses
    ) WHERE list_contains(CAST($exempt_holds AS VARCHAR[]), reason_code)
),
held AS (
    SELECT account_id, reason_code, from_on, to_on FROM running WHERE account_id IS NOT NULL
    UNION
    SELECT accounts.account_id, reason_code, greatest(from_on, valid_from),
           CASE WHEN closed_on <= coalesce(valid_to, closed_on) THEN to_on ELSE least(to_on, valid_to) END
    FROM running
    JOIN read_parquet($rights) AS rights ON rights.person_id = running.person_id
    JOIN read_parquet($accounts) AS accounts
      ON accounts.premises_id = rights.premises_id AND coalesce(valid_from <= closed_on, true)
),
expected AS (
    SELECT held.* FROM held SEMI JOIN read_parquet($account_index) AS known ON known.account_id = held.account_id
    WHERE coalesce(from_on <= to_on, true)
),
found AS (SELECT account_id, reason_code, from_on, to_on FROM read_parquet($penalty_exemptions))
SELECT account_id, 0 AS difference_kop FROM (
    (SELECT * FROM expected EXCEPT SELECT * FROM found) UNION ALL (SELECT * FROM found EXCEPT SELECT * FROM expected)
)
ORDER BY account_id
