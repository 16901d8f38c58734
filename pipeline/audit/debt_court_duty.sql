-- A case of the court list: one creditor, one flat; its duty by the scale of its whole sum (half of a claim's), its sum
-- within the limit of a court order, and something expected beyond the duty.
WITH bands AS (
    SELECT unnest(string_split($duty_from, ','))::DECIMAL(18, 2) AS from_rub,
           unnest(string_split($duty_base, ','))::DECIMAL(18, 2) AS base_rub,
           unnest(string_split($duty_percent, ','))::DECIMAL(9, 4) AS percent
),
cases AS (
    SELECT case_id, sum(claimed_rub) AS price_rub, min(duty_rub) AS duty_rub, max(duty_rub) AS other_duty_rub,
           min(expected_rub) AS expected_rub, count(DISTINCT (creditor_id, premises_id)) AS places,
           min(account_id) AS account_id
    FROM read_parquet($court_list) GROUP BY case_id
),
due AS (
    SELECT cases.*, round(base_rub + (price_rub - from_rub)::DECIMAL(20, 2) * percent / 100, 2)::DECIMAL(18, 2) AS claim_duty_rub
    FROM cases ASOF JOIN bands ON cases.price_rub > bands.from_rub
)
SELECT account_id, price_rub AS difference_rub FROM due
WHERE places > 1 OR duty_rub <> other_duty_rub OR price_rub > $limit_rub::DECIMAL(18, 2) OR expected_rub <= 0
   OR duty_rub <> round(greatest(claim_duty_rub, $duty_min::DECIMAL(18, 2)) * $order_percent::DECIMAL(9, 4) / 100, 2)
ORDER BY account_id
