-- What has been paid is taken back from everybody who still holds the claim, and from nobody else. The court holds an
-- application from its filing until it orders, cancels, decides or confirms a withdrawal; bank and bailiffs hold a writ
-- from its sending until they confirm or have collected all of it.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
known AS (
    SELECT court_case_id, event_code, addressee_code, {'event_on': event_on, 'registered_at': registered_at, 'event_id': event_id} AS moment
    FROM read_parquet($court_events), night WHERE event_on <= night.on
),
acts AS (
    SELECT court_case_id, arg_max(event_code, moment) AS act FROM known
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
    SELECT court_case_id, taken.addressee_code FROM taken JOIN acts USING (court_case_id)
    LEFT JOIN given_back USING (court_case_id, addressee_code)
    WHERE (given_back.moment IS NULL OR given_back.moment.event_on < taken.since.event_on)
      AND CASE taken.addressee_code WHEN 'court' THEN act = 'filed' ELSE act IN ('ordered', 'decided') END
),
wanted AS (
    SELECT standing.account_id, court_case_id, holders.addressee_code, open_rub, claimed_rub
    FROM holders JOIN read_parquet($court_standing) AS standing USING (court_case_id)
    WHERE open_rub < claimed_rub
)
SELECT coalesce(wanted.account_id, listed.account_id) AS account_id
FROM wanted FULL JOIN read_parquet($withdrawal_list) AS listed USING (court_case_id, addressee_code)
WHERE wanted.court_case_id IS NULL OR listed.court_case_id IS NULL
   OR listed.claimed_rub <> wanted.claimed_rub OR listed.open_rub <> wanted.open_rub
   OR (listed.action_code = 'reduce') <> (wanted.open_rub > 0)
   OR (listed.action_code = 'withdraw') <> (wanted.open_rub = 0 AND addressee_code = 'court')
ORDER BY account_id
