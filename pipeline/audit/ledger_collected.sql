-- Creditor × day × held or own account: money collected, taken back and moved is the money of the movements; credits are
-- no money. Own account: the payment, of this month or an earlier one, names the creditor whose account received it.
WITH own AS (
    SELECT payment_id FROM read_parquet($posted_payments) WHERE designated_creditor_id IS NOT NULL
    UNION
    SELECT payment_id FROM read_parquet($posted_ever) WHERE designated_creditor_id IS NOT NULL
),
-- moments are few, rows are many: a moment is turned into a day once
moved AS (
    SELECT creditor_id, posted_at, rule_code, payment_id IN (SELECT payment_id FROM own) AS is_own, sum(allocated_rub) AS rub
    FROM read_parquet($payment_allocations) WHERE origin_code <> 'credit' GROUP BY ALL
),
entries AS (
    SELECT creditor_id, collected_on, source_code = 'own_account' AS is_own, collected_rub AS collected,
           reversed_rub AS reversed, moved_rub AS moved
    FROM read_parquet($collected_money)
    UNION ALL
    SELECT creditor_id, greatest(CAST(timezone('Europe/Moscow', posted_at) AS DATE), CAST($since AS DATE)), is_own,
           CASE WHEN rule_code NOT IN ('reversal', 'superseded') THEN -rub ELSE 0 END,
           CASE WHEN rule_code = 'reversal' THEN rub ELSE 0 END, CASE WHEN rule_code = 'superseded' THEN -rub ELSE 0 END
    FROM moved
),
sums AS (
    SELECT creditor_id, sum(collected) AS collected, sum(reversed) AS reversed, sum(moved) AS moved
    FROM entries GROUP BY creditor_id, collected_on, is_own
)
SELECT creditor_id AS account_id, CAST((collected - reversed + moved) * 100 AS BIGINT) AS difference_kop
FROM sums WHERE collected <> 0 OR reversed <> 0 OR moved <> 0
ORDER BY account_id, difference_kop
