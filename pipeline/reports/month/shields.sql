-- Debts whose turn it would be tonight by the age of their oldest item, and every shield that stands before them.
-- One row a shield: debts, accounts, roubles, and debts before which it stands alone; `all` counts each debt once.
WITH receipts AS (
    SELECT account_id, creditor_id, previous_stage_on AS receipt_on
    FROM debtors WHERE track_code = 'notice' AND previous_stage_code = 'debt_receipt'
),
aged AS (
    SELECT debtors.*, next_action_on <= $night AS is_due,
           CASE next_action_code
               WHEN 'reminder' THEN $reminder_min WHEN 'sms' THEN $sms_min
               WHEN 'call' THEN $call_min WHEN 'debt_receipt' THEN $receipt_min ELSE $court_min END AS least_rub,
           CASE next_action_code
               WHEN 'reminder' THEN TRUE
               WHEN 'sms' THEN coalesce(previous_stage_on + $sms_wait::INTEGER <= $night, TRUE)
               WHEN 'call' THEN coalesce(previous_stage_on + $call_wait::INTEGER <= $night, TRUE)
               WHEN 'debt_receipt' THEN coalesce(previous_stage_on + $receipt_wait::INTEGER <= $night, TRUE)
               WHEN 'court_order' THEN coalesce(receipt_on + $court_wait::INTEGER <= $night, FALSE)
               WHEN 'claim' THEN coalesce(receipt_on + $court_wait::INTEGER <= $night, FALSE)
               ELSE FALSE END AS may_be_next
    FROM debtors LEFT JOIN receipts USING (account_id, creditor_id)
    WHERE next_action_code <> 'none'
),
ripened AS (
    SELECT *, ripe(oldest_due_on, next_action_code) AS is_old,
           ripe(claim_due_on, next_action_code) AND claimed_rub >= least_rub AS is_claimed
    FROM aged WHERE may_be_next OR is_due
),
listed AS (
    SELECT 'notice' AS track_code, unnest(episode_ids) AS episode_id FROM sms_list
    UNION SELECT 'notice', unnest(episode_ids) FROM call_list
    UNION SELECT 'notice', episode_id FROM debt_receipts
    UNION SELECT 'court', episode_id FROM court_list
),
waiting AS (
    SELECT unnest(CASE list_code WHEN 'sms_list' THEN ['reminder', 'sms'] WHEN 'call_list' THEN ['call']
                       WHEN 'debt_receipts' THEN ['debt_receipt']
                  ELSE ['court_order', 'claim'] END) AS next_action_code
    FROM debtor_lists WHERE status_code = 'awaiting_registries'
),
wanted AS (
    SELECT ripened.*, row_number() OVER () AS pair, waiting.next_action_code IS NOT NULL AS is_waiting
    FROM ripened LEFT JOIN waiting USING (next_action_code)
    WHERE (is_old OR is_due) AND NOT EXISTS (
        SELECT 1 FROM listed WHERE listed.track_code = ripened.track_code AND listed.episode_id = ripened.episode_id
    )
),
covering AS (
    -- money of an advance discount that runs covers nothing
    SELECT account_id, 'covered_by_advance' AS shield FROM advances
    ANTI JOIN (FROM advance_terms WHERE price_rub IS NOT NULL AND status_code = 'running')
        USING (account_id, contract_reference)
    UNION SELECT account_id, 'covered_by_proposal' FROM recalculations
    WHERE status_code IN ('proposed', 'waits_for_approval') AND difference_rub < 0
    UNION SELECT unnest(list_append(candidate_account_ids, account_id)), 'covered_by_suspended'
    FROM suspended_payments WHERE amount_rub > 0
),
stood AS (
    SELECT pair, account_id, total_rub, 'hold:' || unnest(holds) AS shield FROM wanted WHERE total_rub >= least_rub
    UNION
    SELECT pair, account_id, total_rub, shield FROM wanted JOIN covering USING (account_id)
    WHERE total_rub >= least_rub AND shielded_rub > 0 AND NOT coalesce(is_claimed, FALSE)
    UNION
    SELECT pair, account_id, total_rub, 'small_sum' FROM wanted WHERE total_rub < least_rub
    UNION
    SELECT pair, account_id, total_rub, 'registries_awaited' FROM wanted WHERE is_due AND is_waiting
    UNION
    SELECT pair, account_id, total_rub, 'left_for_later' FROM wanted WHERE is_due AND NOT is_waiting
),
counted AS (SELECT *, count(*) OVER (PARTITION BY pair) AS shields FROM stood)
SELECT shield, count(*) AS pairs, count(DISTINCT account_id) AS accounts, SUM(total_rub)::DECIMAL(18,2) AS total_rub,
       count(*) FILTER (shields = 1) AS alone
FROM counted GROUP BY ALL
UNION ALL
SELECT 'all', count(DISTINCT pair), count(DISTINCT account_id),
       coalesce((SELECT SUM(total_rub) FROM (SELECT DISTINCT pair, total_rub FROM counted)), 0)::DECIMAL(18,2),
       count(*) FILTER (shields = 1)
FROM counted
ORDER BY pairs DESC, shield
