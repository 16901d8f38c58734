-- Nobody is warned, cut off or suspended without ground: a service that may be restricted, more than the fees by the
-- norm, no hold, an account that is not closed, no registry awaited; a restriction only after the proven delivery and the days to pay, a suspension
-- only after the days of a restriction that was itself lawful. An act counts after the service was last restored. Gas: only
-- where its rules are open, with so many billing periods in a row not paid in full and nothing that could cover them, and
-- suspended only after the days of its own warning.
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
-- shared: statuses_as_holds
on_person AS (
    SELECT person_id, creditor_id, reason_code, from_on, to_on FROM read_parquet($holds)
    UNION ALL SELECT person_id, NULL, reason_code, from_on, to_on FROM statuses
),
running AS (
    SELECT hold.* FROM (
        SELECT account_id, creditor_id, reason_code, from_on, to_on FROM read_parquet($holds) WHERE account_id IS NOT NULL
        UNION ALL
        SELECT account.account_id, creditor_id, reason_code, from_on, to_on
        FROM on_person JOIN read_parquet($rights) AS held USING (person_id) CROSS JOIN night
        JOIN read_parquet($accounts) AS account ON account.premises_id = held.premises_id
        WHERE least(coalesce(closed_on, night.on), night.on) BETWEEN held.valid_from AND coalesce(held.valid_to, DATE '9999-12-31')
    ) AS hold, night
    WHERE from_on <= night.on AND coalesce(to_on >= night.on, true)
      -- a bankruptcy holds while something is open that was charged by its month
      AND (reason_code <> 'bankruptcy' OR EXISTS (
          FROM read_parquet($open_items) AS item WHERE item.account_id = hold.account_id
          AND coalesce(hold.creditor_id, item.creditor_id) = item.creditor_id AND days_overdue > 0 AND NOT is_disputed
          AND debt_kind_code IN ('principal', 'capital_repair')
          AND coalesce(charge_month, date_trunc('month', due_on)) <= date_trunc('month', from_on)))
),
unpaid AS (
    SELECT DISTINCT item.account_id, item.creditor_id, item.service_code, year(billing_month) * 12 + month(billing_month) AS period
    FROM read_parquet($open_items) AS item CROSS JOIN night
    JOIN read_parquet($service_contracts) AS contract
      ON contract.contract_id = item.contract_id AND contract.creditor_id = item.creditor_id
     AND valid_from <= night.on AND coalesce(valid_to >= night.on, true)
    WHERE contains(',' || $gas_services || ',', ',' || item.service_code || ',') AND debt_kind_code = 'principal'
      AND days_overdue > 0 AND NOT is_disputed AND NOT is_time_barred AND charge_month IS NOT NULL
),
runs AS (
    SELECT *, period - row_number() OVER (PARTITION BY account_id, creditor_id, service_code ORDER BY period) AS run FROM unpaid
),
gas AS (
    SELECT account_id, creditor_id, service_code, max(periods) AS in_a_row
    FROM (SELECT account_id, creditor_id, service_code, run, count(*) AS periods FROM runs GROUP BY ALL) GROUP BY ALL
)
SELECT DISTINCT listed.account_id, listed.next_action_code
FROM listed CROSS JOIN night
LEFT JOIN gas ON gas.account_id = listed.account_id AND gas.creditor_id = listed.creditor_id
             AND gas.service_code = listed.service_code
LEFT JOIN fees ON fees.account_id = listed.account_id AND fees.service_code = listed.service_code
LEFT JOIN read_parquet($services) AS service ON service.service_code = listed.service_code
LEFT JOIN live ON live.account_id = listed.account_id AND live.creditor_id = listed.creditor_id
             AND live.service_code = listed.service_code
LEFT JOIN running ON running.account_id = listed.account_id
                 AND coalesce(running.creditor_id, listed.creditor_id) = listed.creditor_id
                 AND contains(',' || $restriction_holds || ',', ',' || running.reason_code || ',')
LEFT JOIN read_parquet($accounts) AS account ON account.account_id = listed.account_id
LEFT JOIN read_parquet($incomplete_bills) AS incomplete ON incomplete.account_id = listed.account_id
WHERE night.waits OR account.closed_on < night.on OR running.account_id IS NOT NULL OR incomplete.account_id IS NOT NULL
   OR (service.may_restrict AND class_code = 'utility') IS NOT TRUE
   OR contains(',' || $never_services || ',', ',' || listed.service_code || ',')
   OR CASE WHEN contains(',' || $gas_services || ',', ',' || listed.service_code || ',')
           THEN (NOT $gas_open::BOOLEAN OR listed.next_action_code = 'restriction'
                 OR (in_a_row >= $gas_periods::INTEGER AND claimed_rub = total_rub) IS NOT TRUE
                 OR (listed.next_action_code = 'suspension'
                     AND (next_action_on > first_delivered_on + $gas_days::INTEGER) IS NOT TRUE))
           -- claimed > fees × fee by the norm, the fee being rounded to the kopeck
           ELSE (claimed_rub * 100 > $fees_min::INTEGER * ((fee_e13 * 2 + 100000000000) // 200000000000)) IS NOT TRUE
             OR (listed.next_action_code = 'restriction'
                 AND (next_action_on > first_delivered_on + $notice_days::INTEGER) IS NOT TRUE)
             OR (listed.next_action_code = 'suspension'
                 AND (next_action_on > restricted_on + $suspension_days::INTEGER
                      AND restricted_on > first_delivered_on + $notice_days::INTEGER) IS NOT TRUE) END
ORDER BY listed.account_id
