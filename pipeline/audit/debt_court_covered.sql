-- What may cover the debts of an account to a creditor covers its cases once: the principal of all of them before penalties,
-- these before duty, of each kind the older case first. What is left of a case is what its writ collects, and a case that goes on
-- is blocked as covered if and only if nothing is left. Of an account's free money the creditors that come first by id are covered.
WITH cases AS (SELECT *, open_rub + penalty_left_rub + duty_left_rub AS left_rub FROM read_parquet($court_standing)),
-- shared: covers_of_cases
-- one row a kind and case, in the order in which they are covered
kinds AS (
    SELECT court_case_id, account_id, creditor_id, from_month, unnest([1, 2, 3]) AS kind,
           unnest([open_rub, penalty_left_rub, duty_left_rub]) AS owed
    FROM cases
),
reached AS (
    SELECT court_case_id, kind, owed, cover, sum(owed) OVER (
               PARTITION BY account_id, creditor_id ORDER BY kind, from_month, court_case_id ROWS UNBOUNDED PRECEDING) AS sofar
    FROM kinds JOIN covers USING (account_id, creditor_id)
),
uncovered AS (
    SELECT court_case_id, sum(least(owed, greatest(sofar - cover, 0))) FILTER (kind = 1) AS principal,
           sum(least(owed, greatest(sofar - cover, 0))) FILTER (kind = 2) AS penalty,
           sum(least(owed, greatest(sofar - cover, 0))) FILTER (kind = 3) AS duty
    FROM reached GROUP BY ALL
),
expected AS (
    SELECT account_id, court_case_id, next_action_code, blocked_by, penalty, duty,
           -- the holder of a writ collects no more principal than it holds
           least(claimed_rub, principal) AS principal
    FROM cases JOIN uncovered USING (court_case_id)
)
SELECT account_id, listed.claimed_rub + listed.penalty_rub + listed.duty_rub - (principal + penalty + duty) AS difference_rub
FROM read_parquet($enforcement_list) AS listed JOIN expected USING (account_id, court_case_id)
WHERE listed.claimed_rub <> principal OR listed.penalty_rub <> penalty OR listed.duty_rub <> duty
UNION
SELECT account_id, principal + penalty + duty FROM expected
WHERE next_action_code IN ('writ', 'claim', 'return') AND list_contains(blocked_by, 'covered') <> (principal + penalty + duty = 0)
ORDER BY account_id
