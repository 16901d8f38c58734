-- A case of the court list: one creditor, one flat; its duty by the scale of its price (half of a claim's), its price,
-- principal and penalties, within the limit of a court order, and something expected beyond the duty. Kopecks and percentages of 10⁻⁴ as whole
-- numbers: a quotient of decimals would be a DOUBLE, and half a kopeck would fall either way.
WITH bands AS (
    SELECT unnest(string_split($duty_from_kop, ','))::BIGINT AS from_kop,
           unnest(string_split($duty_base_kop, ','))::BIGINT AS base_kop,
           unnest(string_split($duty_percent, ','))::BIGINT AS percent
),
cases AS (
    SELECT case_id, (sum(claimed_rub + penalty_rub) * 100)::BIGINT AS price_kop, (min(duty_rub) * 100)::BIGINT AS duty_kop,
           (max(duty_rub) * 100)::BIGINT AS other_duty_kop, min(expected_rub) AS expected_rub,
           count(DISTINCT (creditor_id, premises_id)) AS places, min(account_id) AS account_id
    FROM read_parquet($court_list) GROUP BY case_id
),
due AS (
    SELECT cases.*, greatest(base_kop + ((price_kop - from_kop)::HUGEINT * percent + 500000) // 1000000, $duty_min_kop::BIGINT)
                    AS claim_duty_kop
    FROM cases ASOF JOIN bands ON cases.price_kop > bands.from_kop
)
SELECT account_id, price_kop AS claimed_kop FROM due
WHERE places > 1 OR duty_kop <> other_duty_kop OR price_kop > $limit_kop::BIGINT OR expected_rub <= 0
   OR duty_kop <> (claim_duty_kop * $order_percent::BIGINT + 500000 * $unit_kop::BIGINT) // (1000000 * $unit_kop::BIGINT) * $unit_kop::BIGINT
ORDER BY account_id
