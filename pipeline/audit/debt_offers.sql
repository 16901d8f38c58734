-- Everybody who is to be offered an instalment, and nobody else, on the grounds that hold, once more from the ledger: a receipt
-- without an answer, a fee that has risen above the law's share (`debt_fees_compared` counts those anew), or a subsidy. Nothing
-- that is held, agreed, out of limitation or on its way to court is offered.
WITH night AS (SELECT max(run_on) AS on, bool_or(status_code <> 'ready') AS waits FROM read_parquet($all_debtor_lists)),
allowed AS (
    SELECT debtor.*, night.on AS night_on FROM read_parquet($debtors) AS debtor CROSS JOIN night
    WHERE track_code = 'notice' AND claimed_rub >= $contact_least::DECIMAL(18, 2) AND len(holds) = 0 AND overdue_longer_rub = 0
      AND NOT night.waits
      AND NOT EXISTS (FROM read_parquet($debtors) AS court WHERE court.account_id = debtor.account_id
                      AND court.creditor_id = debtor.creditor_id AND court.track_code = 'court' AND court.stage_code <> 'none')
      AND NOT EXISTS (FROM read_parquet($instalments) AS agreed WHERE agreed.account_id = debtor.account_id
                      AND agreed.creditor_id = debtor.creditor_id AND agreed.status_code <> 'finished')
),
risen AS (
    SELECT account_id, creditor_id, list_sort(list(DISTINCT service_code)) AS services, sum(outstanding_rub) AS rub
    FROM read_parquet($fees_compared) WHERE outcome_code = 'risen' GROUP BY ALL
),
statuses AS (
    SELECT * FROM read_parquet($person_statuses)
    QUALIFY row_number() OVER (PARTITION BY person_id, status_code, valid_from ORDER BY registered_at DESC, event_id DESC) = 1
),
subsidised AS (
    SELECT DISTINCT account.account_id
    FROM statuses JOIN read_parquet($rights) AS held USING (person_id)
    JOIN read_parquet($accounts) AS account ON account.premises_id = held.premises_id CROSS JOIN night
    WHERE status_code = 'subsidy' AND night.on BETWEEN statuses.valid_from AND coalesce(statuses.valid_to, night.on)
      AND least(coalesce(closed_on, night.on), night.on) BETWEEN held.valid_from AND coalesce(held.valid_to, DATE '9999-12-31')
),
grounded AS (
    SELECT account_id, creditor_id, total_rub, claimed_rub, coalesce(risen.services, []) AS services, coalesce(risen.rub, 0) AS rub,
           episode_from, previous_stage_on,
           list_filter([
               CASE WHEN previous_stage_code = 'debt_receipt' AND previous_stage_on + $wait_days::INTEGER <= night_on
                         AND claimed_rub >= $offer_least::DECIMAL(18, 2) THEN 'receipt' END,
               CASE WHEN risen.rub > 0 THEN 'seasonal' END,
               CASE WHEN subsidised.account_id IS NOT NULL AND previous_stage_code IS NOT NULL THEN 'subsidy' END
           ], lambda ground: ground IS NOT NULL) AS grounds
    FROM allowed LEFT JOIN risen USING (account_id, creditor_id) LEFT JOIN subsidised USING (account_id)
),
expected AS (
    SELECT account_id, creditor_id, grounds, total_rub, claimed_rub, services, rub,
           CASE WHEN rub > 0 THEN $seasonal_months::BIGINT
                ELSE least(greatest((claimed_rub * 100)::BIGINT // $part_kop::BIGINT, 2), $months_most::BIGINT) END AS months,
           CASE WHEN grounds = ['receipt'] THEN previous_stage_on ELSE episode_from END AS since
    FROM grounded WHERE len(grounds) > 0
),
found AS (
    SELECT account_id, creditor_id, ground_codes, total_rub, claimed_rub, seasonal_services, seasonal_rub, months::BIGINT, once_since_on
    FROM read_parquet($instalments_offered)
)
SELECT account_id FROM ((FROM expected EXCEPT FROM found) UNION ALL (FROM found EXCEPT FROM expected)) ORDER BY account_id
