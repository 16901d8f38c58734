-- Lists by persons, whose accounts lie in any part: the causes are those of their debtors, already told.
-- `debtors_told`: account_id, cause_code and reference of the changed debtors of the track of notices.

-- query: sms_list.claimed
WITH people AS (
    SELECT
        person_id, earlier.claimed_rub AS before_rub, later.claimed_rub AS after_rub,
        earlier.stage_code AS before_text, later.stage_code AS after_text,
        list_sort(list_distinct(list_concat(later.account_ids, earlier.account_ids))) AS account_ids
    FROM main.sms_list AS later
    FULL JOIN before.sms_list AS earlier USING (person_id)
    WHERE later.claimed_rub IS DISTINCT FROM earlier.claimed_rub OR later.stage_code IS DISTINCT FROM earlier.stage_code
), named AS (
    SELECT person_id, unnest(account_ids) AS account_id FROM people
), moved AS (
    SELECT
        person_id, min(rank_of(cause_code)) AS rank, arg_min(reference, (rank_of(cause_code), reference)) AS reference,
        list_sort(list_distinct(list(rank_of(cause_code)))) AS ranks
    FROM named
    JOIN debtors_told USING (account_id)
    GROUP BY person_id
)
SELECT
    person_id AS fact_key, account_ids[1] AS account_id, NULL AS creditor_id, before_text, after_text, before_rub,
    after_rub, (before_rub IS NOT NULL)::INTEGER AS before_rows, (after_rub IS NOT NULL)::INTEGER AS after_rows,
    moved.rank, moved.reference, moved.ranks
FROM people
LEFT JOIN moved USING (person_id);

-- query: call_list.claimed
WITH people AS (
    SELECT
        person_id, earlier.claimed_rub AS before_rub, later.claimed_rub AS after_rub,
        earlier.stage_code AS before_text, later.stage_code AS after_text,
        list_sort(list_distinct(list_concat(later.account_ids, earlier.account_ids))) AS account_ids
    FROM main.call_list AS later
    FULL JOIN before.call_list AS earlier USING (person_id)
    WHERE later.claimed_rub IS DISTINCT FROM earlier.claimed_rub OR later.stage_code IS DISTINCT FROM earlier.stage_code
), named AS (
    SELECT person_id, unnest(account_ids) AS account_id FROM people
), moved AS (
    SELECT
        person_id, min(rank_of(cause_code)) AS rank, arg_min(reference, (rank_of(cause_code), reference)) AS reference,
        list_sort(list_distinct(list(rank_of(cause_code)))) AS ranks
    FROM named
    JOIN debtors_told USING (account_id)
    GROUP BY person_id
)
SELECT
    person_id AS fact_key, account_ids[1] AS account_id, NULL AS creditor_id, before_text, after_text, before_rub,
    after_rub, (before_rub IS NOT NULL)::INTEGER AS before_rows, (after_rub IS NOT NULL)::INTEGER AS after_rows,
    moved.rank, moved.reference, moved.ranks
FROM people
LEFT JOIN moved USING (person_id);
