-- A writ rests on an order or a decision that is in force, goes to nobody twice, nor to the bailiffs while the bank holds
-- it, is of one account, waits for no registry, and collects no more than is both claimed and open, nor more penalties and
-- duty than are left. And none is missing: an act in force that no bank has had yet, of a case that nothing blocks and that
-- takes nothing back, is listed. Nothing before the last filing counts.
WITH night AS (SELECT max(run_on) AS on, bool_or(status_code <> 'ready') AS waits FROM read_parquet($debtor_lists)),
known AS (
    SELECT court_case_id, event_code, addressee_code, event_on, {'event_on': event_on, 'registered_at': registered_at, 'event_id': event_id} AS moment
    FROM read_parquet($court_events), night WHERE event_on <= night.on
    QUALIFY event_on >= coalesce(max(event_on) FILTER (event_code = 'filed') OVER (PARTITION BY court_case_id), event_on)
),
acts AS (
    SELECT court_case_id, arg_max(event_code, moment) AS act, arg_max(event_on, moment) AS act_on FROM known
    WHERE event_code IN ('filed', 'ordered', 'cancelled', 'decided') GROUP BY ALL
),
shared AS (SELECT court_case_id FROM read_parquet($court_cases) GROUP BY ALL HAVING count(DISTINCT account_id) > 1),
at_bank AS (
    SELECT court_case_id FROM known WHERE addressee_code = 'bank' AND event_code IN ('writ_sent', 'withdrawn') GROUP BY ALL
    HAVING max(event_on) FILTER (event_code = 'withdrawn') >= max(event_on) FILTER (event_code = 'writ_sent') IS NOT TRUE
),
sent AS (SELECT DISTINCT court_case_id, addressee_code FROM known WHERE event_code = 'writ_sent')
SELECT listed.account_id, listed.claimed_rub AS difference_rub
FROM read_parquet($enforcement_list) AS listed CROSS JOIN night
LEFT JOIN read_parquet($court_standing) AS standing USING (court_case_id)
LEFT JOIN acts USING (court_case_id)
LEFT JOIN sent ON sent.court_case_id = listed.court_case_id AND sent.addressee_code = listed.addressee_code
WHERE night.waits OR listed.court_case_id IN (FROM shared) OR listed.court_case_id IN (FROM at_bank) OR sent.court_case_id IS NOT NULL
   OR (listed.claimed_rub + listed.penalty_rub + listed.duty_rub > 0
       AND listed.claimed_rub <= least(standing.claimed_rub, standing.open_rub)
       AND listed.penalty_rub <= penalty_left_rub AND listed.duty_rub <= duty_left_rub) IS NOT TRUE
   OR CASE act WHEN 'ordered' THEN night.on < act_on + $order_days::INTEGER
               WHEN 'decided' THEN night.on < act_on + $decision_days::INTEGER ELSE true END
UNION
SELECT standing.account_id, standing.open_rub
FROM read_parquet($court_standing) AS standing CROSS JOIN night JOIN acts USING (court_case_id)
ANTI JOIN (FROM sent WHERE addressee_code = 'bank') AS bank ON bank.court_case_id = standing.court_case_id
ANTI JOIN read_parquet($enforcement_list) AS listed ON listed.court_case_id = standing.court_case_id
WHERE NOT night.waits AND stage_code IN ('ordered', 'decided') AND len(blocked_by) = 0
  AND next_action_code NOT IN ('reduce', 'withdraw', 'recall')
  AND night.on >= act_on + CASE act WHEN 'ordered' THEN $order_days::INTEGER ELSE $decision_days::INTEGER END
ORDER BY account_id
