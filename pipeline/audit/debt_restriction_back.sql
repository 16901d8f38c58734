-- Whoever owes nothing gets the service back: each account that its provider has cut off and not restored since, and that
-- owes nothing more for the service or is closed, is asked to be restored, by a day.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
state AS (
    SELECT account_id, creditor_id, service_code,
           max((act_on, registered_at, event_id)) FILTER (act_code IN ('restricted', 'suspended')) AS cut_off,
           max((act_on, registered_at, event_id)) FILTER (act_code = 'restored') AS restored
    FROM read_parquet($restriction_acts), night WHERE act_on <= night.on GROUP BY ALL
),
gone AS (SELECT account_id FROM read_parquet($accounts), night WHERE closed_on < night.on),
owing AS (
    SELECT DISTINCT account_id, creditor_id, service_code
    FROM read_parquet($open_items) ANTI JOIN gone USING (account_id) SEMI JOIN state USING (account_id, creditor_id, service_code)
    WHERE debt_kind_code = 'principal' AND days_overdue > 0
)
SELECT state.account_id
FROM state ANTI JOIN owing USING (account_id, creditor_id, service_code)
LEFT JOIN read_parquet($restriction_list) AS listed USING (account_id, creditor_id, service_code)
WHERE cut_off IS NOT NULL AND (restored IS NULL OR cut_off > restored)
  AND (listed.next_action_code = 'restore' AND listed.next_action_on IS NOT NULL) IS NOT TRUE
ORDER BY state.account_id
