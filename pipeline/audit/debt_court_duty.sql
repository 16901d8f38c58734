-- A case of the court list: one creditor, one flat, one application, by the limit of an order; its duty by the scale of its price,
-- principal and penalties (an order's is half of a claim's), and something expected beyond the duty. Kopecks and percentages of 10⁻⁴ as whole
-- numbers: a quotient of decimals would be a DOUBLE, and half a kopeck would fall either way.
WITH bands AS (
    SELECT unnest(string_split($duty_from_kop, ','))::BIGINT AS from_kop,
           unnest(string_split($duty_base_kop, ','))::BIGINT AS base_kop,
           unnest(string_split($duty_percent, ','))::BIGINT AS percent
),
cases AS (
    SELECT case_id, (sum(claimed_rub + penalty_rub) * 100)::BIGINT AS price_kop, (min(duty_rub) * 100)::BIGINT AS duty_kop,
           (max(duty_rub) * 100)::BIGINT AS other_duty_kop, min(expected_rub) AS expected_rub,
           count(DISTINCT (creditor_id, premises_id, stage_code)) AS places, any_value(stage_code) AS stage_code, min(account_id) AS account_id
    FROM read_parquet($court_list) GROUP BY case_id
),
due AS (
    SELECT cases.*, least(greatest(base_kop + ((price_kop - from_kop)::HUGEINT * percent + 500000) // 1000000, $duty_min_kop::BIGINT),
                          $duty_max_kop::BIGINT) AS claim_duty_kop,
           CASE WHEN price_kop > $limit_kop::BIGINT THEN 'claim' ELSE 'court_order' END AS due_code,
           -- a claim bears the whole duty, an order its share, percentages of 10⁻⁴
           CASE WHEN price_kop > $limit_kop::BIGINT THEN 1000000 ELSE $order_percent::BIGINT END AS share
    FROM cases ASOF JOIN bands ON cases.price_kop > bands.from_kop
)
SELECT account_id, price_kop AS claimed_kop FROM due
WHERE places > 1 OR duty_kop <> other_duty_kop OR stage_code <> due_code OR expected_rub <= 0 OR price_kop > $known_up_to_kop::BIGINT
   OR duty_kop <> (claim_duty_kop * share + 500000 * $unit_kop::BIGINT) // (1000000 * $unit_kop::BIGINT) * $unit_kop::BIGINT
ORDER BY account_id
