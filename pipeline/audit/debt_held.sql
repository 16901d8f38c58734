-- Nobody is on a list against a hold: told by the debtor's row, by the incomplete bills of the month, by a hold refused
-- this month, or by the register of holds itself (on the account or on the person who is written to).
WITH listed AS (
    SELECT 'sms_list' AS list_code, unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL
    SELECT 'debt_receipts', episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
),
night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
running AS (
    SELECT hold.* FROM read_parquet($holds) AS hold, night
    WHERE from_on <= night.on AND (to_on IS NULL OR to_on >= night.on)
),
refused AS (
    SELECT * FROM read_parquet($quarantine) AS row WHERE table_name = 'holds' AND NOT EXISTS (
        FROM read_parquet($quarantine_decisions) AS decision
        WHERE decision.table_name = 'holds' AND decision.refused_delivery_id = row.delivery_id
          AND decision.refused_row_number = row.row_number
    )
),
named AS (SELECT listed.list_code, debtor.* FROM listed JOIN read_parquet($debtors) AS debtor USING (episode_id))
SELECT account_id, list_code FROM named WHERE len(holds) > 0
UNION
SELECT account_id, list_code FROM named SEMI JOIN read_parquet($incomplete_bills) USING (account_id)
UNION
SELECT account_id, list_code FROM named
SEMI JOIN refused USING (account_id)
UNION
SELECT named.account_id, list_code FROM named JOIN running
  ON running.account_id = named.account_id AND coalesce(running.creditor_id, named.creditor_id) = named.creditor_id
WHERE contains(',' || CASE track_code WHEN 'court' THEN $court_holds ELSE $notice_holds END || ',', ',' || reason_code || ',')
UNION
SELECT account_ids[1], 'sms_list' FROM read_parquet($sms_list) JOIN running USING (person_id)
WHERE running.creditor_id IS NULL AND contains(',' || $notice_holds || ',', ',' || reason_code || ',')
ORDER BY account_id, list_code
