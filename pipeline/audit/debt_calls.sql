-- Nobody is called in a book that makes no calls, without a phone that the person has confirmed, against an opt-out,
-- without consent where the law wants it, or more often in one, seven and thirty days than the book allows.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
called AS (
    SELECT person_id, dispatched_on FROM read_parquet($dispatches)
    WHERE list_code = 'call_list' AND person_id IS NOT NULL GROUP BY person_id, dispatched_on, action_id
),
counted AS (
    SELECT person_id, count(*) FILTER (dispatched_on > night.on - 1) AS in_a_day,
           count(*) FILTER (dispatched_on > night.on - 7) AS in_a_week, count(*) FILTER (dispatched_on > night.on - 30) AS in_a_month
    FROM called, night WHERE dispatched_on <= night.on GROUP BY person_id
)
SELECT account_ids[1] AS account_id
FROM read_parquet($call_list) AS listed CROSS JOIN night
LEFT JOIN read_parquet($contacts) AS contact USING (person_id)
LEFT JOIN counted USING (person_id)
WHERE NOT $calls_made::BOOLEAN OR phone IS NULL OR (phone_verified_on <= night.on) IS NOT TRUE OR has_opted_out
   OR ($consent_needed::BOOLEAN AND has_call_consent IS NOT TRUE)
   OR coalesce(in_a_day, 0) >= $a_day::INTEGER OR coalesce(in_a_week, 0) >= $a_week::INTEGER
   OR coalesce(in_a_month, 0) >= $a_month::INTEGER
ORDER BY account_id
