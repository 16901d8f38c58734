-- Nobody is warned, cut off or suspended without ground: a service that may be restricted, more than the fees by the
-- norm, no hold, an account that is not closed, no registry awaited; a restriction only after the proven delivery and the days to pay, a suspension
-- only after the days of a restriction that was itself lawful. An act counts after the service was last restored.
WITH night AS (SELECT max(run_on) AS on, bool_or(status_code <> 'ready') AS waits FROM read_parquet($debtor_lists)),
listed AS (
    FROM read_parquet($restriction_list)
    WHERE next_action_code IN ('notice', 'restriction', 'suspension') AND next_action_on IS NOT NULL
),
fees AS (
    SELECT account_id, service_code,
           arg_max(norm_volume_e7::HUGEINT * tariff_e6, (valid_from, registered_at, event_id)) AS fee_e13
    FROM read_parquet($service_norms), night WHERE valid_from <= night.on GROUP BY ALL
),
restored AS (
    SELECT account_id, creditor_id, service_code, max((act_on, registered_at, event_id)) AS last
    FROM read_parquet($restriction_acts) WHERE act_code = 'restored' GROUP BY ALL
),
live AS (
    SELECT act.account_id, act.creditor_id, act.service_code,
           min(act_on) FILTER (act_code = 'notice_delivered') AS first_delivered_on,
           min(act_on) FILTER (act_code = 'restricted') AS restricted_on
    FROM read_parquet($restriction_acts) AS act
    LEFT JOIN restored USING (account_id, creditor_id, service_code)
    WHERE last IS NULL OR (act_on, registered_at, event_id) > last
    GROUP BY ALL
),
running AS (
    SELECT hold.* FROM read_parquet($holds) AS hold, night
    WHERE from_on <= night.on AND coalesce(to_on >= night.on, true)
)
SELECT DISTINCT listed.account_id, listed.next_action_code
FROM listed CROSS JOIN night
LEFT JOIN fees ON fees.account_id = listed.account_id AND fees.service_code = listed.service_code
LEFT JOIN read_parquet($services) AS service ON service.service_code = listed.service_code
LEFT JOIN live ON live.account_id = listed.account_id AND live.creditor_id = listed.creditor_id
             AND live.service_code = listed.service_code
LEFT JOIN running ON running.account_id = listed.account_id
                 AND coalesce(running.creditor_id, listed.creditor_id) = listed.creditor_id
                 AND contains(',' || $restriction_holds || ',', ',' || running.reason_code || ',')
LEFT JOIN read_parquet($accounts) AS account ON account.account_id = listed.account_id
LEFT JOIN read_parquet($incomplete_bills) AS incomplete ON incomplete.account_id = listed.account_id
WHERE night.waits OR account.closed_on < night.on OR running.event_id IS NOT NULL OR incomplete.account_id IS NOT NULL
   OR (service.may_restrict AND class_code = 'utility') IS NOT TRUE
   OR contains(',' || $never_services || ',', ',' || listed.service_code || ',')
   -- claimed > fees × fee by the norm, the fee being rounded to the kopeck
   OR (claimed_rub * 100 > $fees_min::INTEGER * ((fee_e13 * 2 + 100000000000) // 200000000000)) IS NOT TRUE
   OR (listed.next_action_code = 'restriction'
       AND (next_action_on > first_delivered_on + $notice_days::INTEGER) IS NOT TRUE)
   OR (listed.next_action_code = 'suspension'
       AND (next_action_on > restricted_on + $suspension_days::INTEGER
            AND restricted_on > first_delivered_on + $notice_days::INTEGER) IS NOT TRUE)
ORDER BY listed.account_id
