-- Penalties in the price of every claim of the court list: those of the items that nothing may cover, less what lines that
-- name their month have been paid, less what may have been paid by other lines or before the book.
WITH items AS (
    SELECT item.*, claimed_rub,
           sum(outstanding_rub) OVER (PARTITION BY item.account_id, item.creditor_id) - claimed_rub AS covered,
           coalesce(sum(outstanding_rub) OVER (
               PARTITION BY item.account_id, item.creditor_id
               ORDER BY due_on, billing_month, service_code, document_id, contract_id, charge_month NULLS LAST
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS older
    FROM read_parquet($open_items) AS item JOIN read_parquet($court_list) USING (account_id, creditor_id)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed
      AND charge_month IS NOT NULL AND NOT is_time_barred
      AND NOT EXISTS (
          FROM read_parquet($court_cases) AS filed
          WHERE filed.account_id = item.account_id AND filed.creditor_id = item.creditor_id
            AND item.billing_month BETWEEN filed.from_month AND filed.to_month
      )
),
counted AS (
    SELECT account_id, creditor_id, charge_month, items.due_on, (penalty_rub * 100)::BIGINT AS kop,
           least((penalty_rub * 100)::BIGINT, coalesce(grown.before_kop, 0)) AS grown
    FROM items
    JOIN read_parquet($penalties) USING (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month)
    LEFT JOIN read_parquet($penalties_grown_before) AS grown USING (account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month)
    WHERE older >= covered
),
-- shared: paid_penalty_lines
left_over AS (
    SELECT counted.*, least(kop - grown, greatest(0, coalesce(paid, 0) - coalesce(sum(kop - grown) OVER (
               PARTITION BY account_id, creditor_id, charge_month ORDER BY due_on
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS taken
    FROM counted LEFT JOIN named USING (account_id, creditor_id, charge_month)
),
-- what the lines without a month up to b can have taken: they reach the items due by the end of b
others AS (SELECT account_id, creditor_id, billing_month, sum(paid) AS paid FROM lines WHERE NOT names_month GROUP BY ALL),
limits AS (
    SELECT others.account_id, others.creditor_id, any_value(others.paid) AS paid, others.billing_month,
           coalesce(sum(kop - grown - taken) FILTER (due_on < others.billing_month + INTERVAL 1 MONTH), 0) AS reached
    FROM others LEFT JOIN left_over USING (account_id, creditor_id) GROUP BY ALL
),
most AS (
    SELECT account_id, creditor_id, greatest(0, least(sum(paid), min(reached + later))) AS kop
    FROM (
        SELECT *, coalesce(sum(paid) OVER (PARTITION BY account_id, creditor_id ORDER BY billing_month
                                           ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0) AS later
        FROM limits
    ) GROUP BY ALL
),
still_open AS (
    SELECT account_id, creditor_id, (sum(outstanding_rub) * 100)::BIGINT AS kop FROM read_parquet($open_items)
    WHERE debt_kind_code = 'penalty' AND billing_month < $first_month::DATE GROUP BY ALL
),
sums AS (
    SELECT account_id, creditor_id, sum(kop) AS kop, sum(taken) AS taken, sum(grown) AS grown FROM left_over GROUP BY ALL
)
SELECT listed.account_id
FROM read_parquet($court_list) AS listed LEFT JOIN sums USING (account_id, creditor_id)
LEFT JOIN most USING (account_id, creditor_id) LEFT JOIN still_open USING (account_id, creditor_id)
WHERE penalty_paid_rub * 100 <> coalesce(taken, 0)
   OR penalty_doubt_rub * 100 <> CASE WHEN sums.kop IS NULL THEN 0 ELSE coalesce(most.kop, 0) + greatest(0, grown - coalesce(still_open.kop, 0)) END
   OR (penalty_rub + penalty_paid_rub + penalty_doubt_rub) * 100 <> coalesce(sums.kop, 0)
ORDER BY account_id
