-- What has been handed over stands in the journal once a day; an instalment is offered once an episode, to nobody who keeps one;
-- a service is cut off by the list of the night before or of the day itself, and nothing is dated after the night.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
twice AS (
    SELECT any_value(account_id) AS account_id FROM read_parquet($handovers)
    GROUP BY handed_on, account_id, creditor_id, service_code, court_case_id, handed_to_code, asked_code HAVING count(*) > 1
),
again AS (
    SELECT offer.account_id FROM read_parquet($handovers) AS offer
    JOIN read_parquet($debtors) AS debtor
      ON debtor.account_id = offer.account_id AND debtor.creditor_id = offer.creditor_id AND track_code = 'notice'
    WHERE asked_code = 'instalment' AND previous_stage_code = 'debt_receipt' AND handed_on >= previous_stage_on
    GROUP BY offer.account_id, offer.creditor_id HAVING count(*) > 1
)
SELECT account_id FROM twice
UNION SELECT account_id FROM again
UNION SELECT account_id FROM read_parquet($handovers), night WHERE handed_on > night.on OR claimed_kop < 0
UNION SELECT account_id FROM read_parquet($handovers)
WHERE (asked_code = 'instalment') <> (list_code = 'instalment_offers') OR (asked_code = 'instalment') <> (handed_to_code = 'debtor')
   OR (asked_code IN ('notice', 'restriction', 'suspension', 'restore')) <> (service_code IS NOT NULL)
   OR (asked_code IN ('writ', 'reduce', 'withdraw', 'recall')) <> (court_case_id IS NOT NULL)
ORDER BY account_id
