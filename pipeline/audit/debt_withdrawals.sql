-- What has been paid is taken back from everybody who still holds the claim, and from nobody else: reduced while principal,
-- penalties or duty are left, given up when none is. The court holds an
-- application from its filing until it orders, cancels, decides or confirms a withdrawal; bank and bailiffs hold a writ
-- from its sending until they confirm or have collected all of it. Of a case told of for several accounts nothing is asked,
-- nor where collected costs lie on the principal. A bank that has had its days, and holds no more than is left, is asked to
-- give the writ back while no bailiffs have one and nothing blocks the case.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
known AS (
    SELECT court_case_id, event_code, addressee_code, penalty_kop, duty_kop, {'event_on': event_on, 'registered_at': registered_at, 'event_id': event_id} AS moment
    FROM read_parquet($court_events), night WHERE event_on <= night.on
    QUALIFY event_on >= coalesce(max(event_on) FILTER (event_code = 'filed') OVER (PARTITION BY court_case_id), event_on)
),
acts AS (
    SELECT court_case_id, arg_max(event_code, moment) AS act, arg_max(moment.event_on, moment) AS act_on FROM known
    WHERE event_code IN ('filed', 'ordered', 'cancelled', 'decided') GROUP BY ALL
),
taken AS (
    SELECT court_case_id, CASE event_code WHEN 'filed' THEN 'court' ELSE addressee_code END AS addressee_code, max(moment) AS since
    FROM known WHERE event_code IN ('filed', 'writ_sent') GROUP BY ALL
),
given_back AS (
    SELECT court_case_id, addressee_code, max(moment) AS moment FROM known WHERE event_code = 'withdrawn' GROUP BY ALL
),
holders AS (
    SELECT court_case_id, taken.addressee_code, act, act_on, taken.since.event_on AS taken_on FROM taken JOIN acts USING (court_case_id)
    LEFT JOIN given_back USING (court_case_id, addressee_code)
    WHERE (given_back.moment IS NULL OR given_back.moment.event_on < taken.since.event_on)
      AND CASE taken.addressee_code WHEN 'court' THEN act = 'filed' ELSE act IN ('ordered', 'decided') END
),
held AS (
    -- the last act that names the kind, less what was collected since; a reduction knows what was collected by its day
    SELECT court_case_id,
           greatest(coalesce(max(penalty.kop), 0) - coalesce(sum(penalty_kop) FILTER (moment.event_on >= penalty.since), 0), 0) AS penalty,
           greatest(coalesce(max(duty.kop), 0) - coalesce(sum(duty_kop) FILTER (moment.event_on >= duty.since), 0), 0) AS duty
    FROM (
        SELECT court_case_id, arg_max({'kop': penalty_kop, 'since': since}, moment) FILTER (penalty_kop IS NOT NULL) AS penalty,
               arg_max({'kop': duty_kop, 'since': since}, moment) FILTER (duty_kop IS NOT NULL) AS duty
        FROM (SELECT *, moment.event_on + (event_code = 'reduced')::INTEGER AS since FROM known)
        WHERE event_code IN ('filed', 'ordered', 'decided', 'reduced') GROUP BY ALL
    ) LEFT JOIN (FROM known WHERE event_code = 'enforced') USING (court_case_id) GROUP BY court_case_id
),
shared AS (SELECT court_case_id FROM read_parquet($court_cases) GROUP BY ALL HAVING count(DISTINCT account_id) > 1),
due_back AS (
    SELECT court_case_id FROM holders, night WHERE addressee_code = 'bank' AND night.on >= greatest(
        taken_on + $bank_days::INTEGER, act_on + CASE act WHEN 'ordered' THEN $order_days::INTEGER ELSE $decision_days::INTEGER END
    )
    EXCEPT SELECT court_case_id FROM holders WHERE addressee_code = 'bailiffs'
),
compared AS (
    SELECT standing.account_id, court_case_id, holders.addressee_code, coalesce(claimed_rub, 0) AS claimed_rub,
           least(open_rub, coalesce(claimed_rub, 0)) AS open_rub, penalty_left_rub, duty_left_rub,
           held.penalty AS penalty_held, held.duty AS duty_held,
           standing.open_rub + penalty_left_rub + duty_left_rub > 0 AS is_left,
           coalesce(standing.open_rub < claimed_rub, false) OR penalty_left_rub * 100 < held.penalty OR duty_left_rub * 100 < held.duty AS is_too_much,
           blocked_by, due_back.court_case_id IS NOT NULL AS is_due_back
    FROM holders JOIN read_parquet($court_standing) AS standing USING (court_case_id) JOIN held USING (court_case_id)
    LEFT JOIN due_back USING (court_case_id) ANTI JOIN shared USING (court_case_id)
    WHERE NOT list_contains(blocked_by, 'costs_on_principal')
      -- a writ that has collected everything lies with nobody
      AND (addressee_code = 'court' OR claimed_rub IS NULL OR claimed_rub * 100 + held.penalty + held.duty > 0)
),
wanted AS (
    SELECT *, CASE WHEN is_too_much AND is_left THEN 'reduce' WHEN is_left THEN 'return'
                   WHEN addressee_code = 'court' THEN 'withdraw' ELSE 'recall' END AS action_code
    FROM compared WHERE is_too_much OR NOT is_left OR (is_due_back AND len(blocked_by) = 0)
)
SELECT coalesce(wanted.account_id, listed.account_id) AS account_id
FROM wanted FULL JOIN read_parquet($withdrawal_list) AS listed USING (court_case_id, addressee_code)
WHERE wanted.court_case_id IS NULL OR listed.court_case_id IS NULL
   OR listed.claimed_rub <> wanted.claimed_rub OR listed.open_rub <> wanted.open_rub
   OR listed.penalty_held_rub * 100 <> penalty_held OR listed.penalty_left_rub <> wanted.penalty_left_rub
   OR listed.duty_held_rub * 100 <> duty_held OR listed.duty_left_rub <> wanted.duty_left_rub
   OR listed.action_code <> wanted.action_code
ORDER BY account_id
