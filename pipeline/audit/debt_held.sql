-- Nobody is on a list against a hold: told by the debtor's row, by the incomplete bills of the month, by a hold refused
-- this month, by a case in court (messages only), by capital repair billed to a tenant, or by the registers of holds and of
-- persons' statuses themselves: on the account, on a person with a right in its flat on the day that counts, or on the person
-- who is written to. A bankruptcy holds while something is open that was charged by its month.
WITH
-- shared: listed_episodes
night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
-- shared: statuses_as_holds
-- shared: holds_that_run
refused AS (
    SELECT * FROM read_parquet($quarantine) AS row WHERE table_name IN ('holds', 'person_statuses') AND NOT EXISTS (
        FROM read_parquet($quarantine_decisions) AS decision
        WHERE decision.table_name = row.table_name AND decision.refused_delivery_id = row.delivery_id
          AND decision.refused_row_number = row.row_number
    )
),
cases AS (
    SELECT court_case_id, account_id, arg_max({'creditor_id': creditor_id, 'from_month': from_month, 'to_month': to_month}, (registered_at, event_id)) AS told
    FROM read_parquet($court_cases) GROUP BY ALL
),
given_back AS (
    SELECT court_case_id FROM read_parquet($court_events), night WHERE event_on <= night.on GROUP BY ALL
    HAVING arg_max(event_code, (event_on, registered_at, event_id)) FILTER (event_code IN ('filed', 'ordered', 'cancelled', 'decided')) = 'filed'
       AND max(event_on) FILTER (event_code = 'withdrawn' AND addressee_code = 'court') >= max(event_on) FILTER (event_code = 'filed')
),
in_court AS (
    SELECT DISTINCT item.account_id, item.creditor_id
    FROM cases ANTI JOIN given_back USING (court_case_id)
    JOIN read_parquet($open_items) AS item
      ON item.account_id = cases.account_id AND item.creditor_id = told.creditor_id
     AND item.billing_month BETWEEN told.from_month AND told.to_month
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed
),
named AS (SELECT listed.list_code, debtor.* FROM listed JOIN read_parquet($debtors) AS debtor USING (episode_id))
SELECT account_id, list_code FROM named WHERE len(holds) > 0
UNION
SELECT named.account_id, list_code FROM named
JOIN read_parquet($accounts) AS account ON account.account_id = named.account_id AND account_kind_code = 'municipal_tenant'
SEMI JOIN (
    FROM read_parquet($open_items) WHERE debt_kind_code = 'capital_repair' AND days_overdue > 0 AND NOT is_disputed
) AS item ON item.account_id = named.account_id AND item.creditor_id = named.creditor_id
UNION
SELECT account_id, list_code FROM named SEMI JOIN read_parquet($incomplete_bills) USING (account_id)
UNION
SELECT account_id, list_code FROM named
SEMI JOIN refused USING (account_id)
UNION
SELECT named.account_id, list_code FROM named JOIN on_flat
  ON on_flat.account_id = named.account_id AND coalesce(on_flat.creditor_id, named.creditor_id) = named.creditor_id
LEFT JOIN oldest ON oldest.account_id = named.account_id AND oldest.creditor_id = named.creditor_id
WHERE (reason_code <> 'bankruptcy' OR oldest.month <= date_trunc('month', from_on)) AND contains(',' || CASE track_code WHEN 'court' THEN $court_holds ELSE $notice_holds END || ',', ',' || reason_code || ',')
UNION
SELECT named.account_id, list_code FROM named SEMI JOIN in_court USING (account_id, creditor_id)
WHERE track_code = 'notice'
UNION
SELECT account_ids[1], list_code
FROM (
    SELECT account_ids, person_id, 'sms_list' AS list_code FROM read_parquet($sms_list)
    UNION ALL SELECT account_ids, person_id, 'call_list' FROM read_parquet($call_list)
) JOIN running USING (person_id)
WHERE running.creditor_id IS NULL AND reason_code <> 'bankruptcy' AND contains(',' || $notice_holds || ',', ',' || reason_code || ',')
ORDER BY account_id, list_code
