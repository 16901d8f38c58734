-- Claims to file: every case whose order was cancelled, that nothing blocks, and no other. Its principal is what is open of its
-- months, not disputed, less what may cover it; its penalties are those of the items that nothing covers, less what was paid on
-- lines, told as collected or received, or given up; its duty is by the scale, less that of the order. Kopecks as whole numbers.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
cases AS (SELECT *, open_rub + penalty_left_rub + duty_left_rub AS left_rub FROM read_parquet($court_standing)),
due AS (
    SELECT cases.* FROM cases, night
    WHERE next_action_code = 'claim' AND stage_code = 'cancelled' AND stage_on <= night.on AND len(blocked_by) = 0
),
-- shared: covers_of_cases
uncovered AS (
    SELECT court_case_id, least(open_rub, greatest(sum(open_rub) OVER (
               PARTITION BY account_id, creditor_id ORDER BY from_month, court_case_id ROWS UNBOUNDED PRECEDING) - cover, 0)) AS rub
    FROM cases JOIN covers USING (account_id, creditor_id)
),
owed AS (
    SELECT court_case_id, uncovered.rub AS uncovered_rub, item.* EXCLUDE (due_on), item.due_on AS item_due_on
    FROM due JOIN uncovered USING (court_case_id) JOIN read_parquet($open_items) AS item
      ON item.account_id = due.account_id AND item.creditor_id = due.creditor_id
     AND item.billing_month BETWEEN due.from_month AND due.to_month
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed AND charge_month IS NOT NULL
),
items AS (
    SELECT *, least(uncovered_rub, sum(outstanding_rub) OVER (PARTITION BY court_case_id)) AS claimed,
           sum(outstanding_rub) OVER (PARTITION BY court_case_id) AS total,
           coalesce(sum(outstanding_rub) OVER (
               PARTITION BY court_case_id
               ORDER BY item_due_on, billing_month, service_code, document_id, contract_id, charge_month NULLS LAST
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS older
    FROM owed
),
counted AS (
    SELECT court_case_id, account_id, creditor_id, charge_month, item_due_on, (penalty_rub * 100)::BIGINT AS kop,
           least((penalty_rub * 100)::BIGINT, coalesce(grown.before_kop, 0)) AS grown
    FROM items
    JOIN read_parquet($penalties) USING (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month)
    LEFT JOIN read_parquet($penalties_grown_before) AS grown USING (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month)
    WHERE older >= total - claimed
),
-- shared: paid_penalty_lines
left_over AS (
    SELECT counted.*, least(kop - grown, greatest(0, coalesce(paid, 0) - coalesce(sum(kop - grown) OVER (
               PARTITION BY court_case_id, charge_month ORDER BY item_due_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS taken
    FROM counted LEFT JOIN named USING (account_id, creditor_id, charge_month)
),
others AS (
    SELECT court_case_id, billing_month, sum(paid) AS paid
    FROM due JOIN lines USING (account_id, creditor_id) WHERE NOT names_month GROUP BY ALL
),
limits AS (
    SELECT others.court_case_id, any_value(others.paid) AS paid, others.billing_month,
           coalesce(sum(kop - grown - taken) FILTER (item_due_on < others.billing_month + INTERVAL 1 MONTH), 0) AS reached
    FROM others LEFT JOIN left_over USING (court_case_id) GROUP BY ALL
),
most AS (
    SELECT court_case_id, greatest(0, least(sum(paid), min(reached + later))) AS kop
    FROM (
        SELECT *, coalesce(sum(paid) OVER (PARTITION BY court_case_id ORDER BY billing_month
                                           ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0) AS later
        FROM limits
    ) GROUP BY ALL
),
still_open AS (
    SELECT account_id, creditor_id, (sum(outstanding_rub) * 100)::BIGINT AS kop FROM read_parquet($open_items)
    WHERE debt_kind_code = 'penalty' AND billing_month < $first_month::DATE GROUP BY ALL
),
sums AS (
    SELECT court_case_id, account_id, creditor_id, sum(kop) AS kop, sum(taken) AS taken, sum(grown) AS grown FROM left_over GROUP BY ALL
),
filings AS (
    SELECT court_case_id, max(event_on) AS filed_on FROM read_parquet($court_events), night
    WHERE event_code = 'filed' AND event_on <= night.on GROUP BY ALL
),
received AS (
    SELECT court_case_id, sum(penalty_kop) AS kop
    FROM read_parquet($court_events) LEFT JOIN filings USING (court_case_id), night
    WHERE event_code IN ('enforced', 'received') AND event_on BETWEEN coalesce(filed_on, event_on) AND night.on GROUP BY ALL
),
penalty AS (
    SELECT court_case_id, coalesce(taken, 0) AS taken, sums.kop AS counted,
           coalesce(most.kop, 0) + greatest(0, grown - coalesce(still_open.kop, 0)) AS doubt
    FROM sums LEFT JOIN most USING (court_case_id) LEFT JOIN still_open USING (account_id, creditor_id)
),
claims AS (
    SELECT due.court_case_id, due.account_id, stage_on, filed_on, (any_value(claimed) * 100)::BIGINT AS claimed,
           any_value(coalesce(counted - taken - doubt, 0)) AS rest, any_value(coalesce(taken, 0)) AS taken, any_value(coalesce(doubt, 0)) AS doubt,
           any_value(CASE WHEN waived_on IS NULL THEN coalesce(received.kop, 0) ELSE coalesce(counted, 0) END) AS told,
           any_value(coalesce(CASE WHEN $credits::BOOLEAN THEN (filed_duty_rub * 100)::BIGINT END, 0)) AS paid_duty
    FROM due JOIN items USING (court_case_id) LEFT JOIN penalty USING (court_case_id)
    LEFT JOIN filings USING (court_case_id) LEFT JOIN received USING (court_case_id)
    GROUP BY ALL HAVING any_value(claimed) > 0
),
priced AS (SELECT *, rest - least(rest, told) AS fine, claimed + rest - least(rest, told) AS price FROM claims),
bands AS (
    SELECT unnest(string_split($duty_from_kop, ','))::BIGINT AS from_kop, unnest(string_split($duty_base_kop, ','))::BIGINT AS base_kop,
           unnest(string_split($duty_percent, ','))::BIGINT AS percent
),
expected AS (
    SELECT priced.*, CASE WHEN price <= $known_up_to_kop::BIGINT THEN
               (least(greatest(base_kop + ((price - from_kop)::HUGEINT * percent + 500000) // 1000000, $duty_min_kop::BIGINT), $duty_max_kop::BIGINT)
                + $unit_kop::BIGINT // 2) // $unit_kop::BIGINT * $unit_kop::BIGINT END AS duty
    FROM priced ASOF JOIN bands ON priced.price > bands.from_kop
)
SELECT coalesce(listed.account_id, expected.account_id) AS account_id,
       coalesce(listed.claimed_rub + listed.penalty_rub, 0) - coalesce(price, 0)::DECIMAL(18,2) / 100 AS difference_rub
FROM expected FULL JOIN read_parquet($claim_list) AS listed USING (court_case_id)
WHERE listed.court_case_id IS NULL OR expected.court_case_id IS NULL OR listed.claimed_rub * 100 <> claimed
   OR penalty_rub * 100 <> fine OR penalty_paid_rub * 100 <> taken + least(rest, told) OR penalty_doubt_rub * 100 <> doubt
   OR duty_rub * 100 IS DISTINCT FROM duty OR order_duty_rub * 100 <> least(paid_duty, coalesce(duty, 0))
   OR duty_to_pay_rub * 100 IS DISTINCT FROM duty - least(paid_duty, duty) OR cancelled_on <> stage_on
   OR listed.filed_on IS DISTINCT FROM expected.filed_on
   OR file_by_on <> (stage_on + to_months($months::INTEGER))::DATE
ORDER BY account_id
