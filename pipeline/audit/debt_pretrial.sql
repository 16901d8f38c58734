-- Pre-trial notices: every debt that a debt receipt has announced and whose day of filing comes within the days of the rule book,
-- told again from the open items: large enough, worth its duty, not near limitation, held by nothing, of an open account, unless a
-- registry is awaited or an application has left; and no other. Kopecks and percentages of 10⁻⁴ as whole numbers.
WITH night AS (SELECT max(run_on) AS on, bool_or(status_code <> 'ready') AS waits FROM read_parquet($debtor_lists)),
announced AS (
    SELECT account_id, creditor_id, previous_stage_on AS receipt_on, shielded_rub
    FROM read_parquet($debtors) WHERE track_code = 'notice' AND len(holds) = 0 AND previous_stage_code = 'debt_receipt'
),
closed AS (SELECT account_id FROM read_parquet($accounts), night WHERE closed_on < night.on),
-- shared: statuses_as_holds
-- shared: holds_that_run
held AS (
    SELECT oldest.account_id, oldest.creditor_id
    FROM oldest JOIN on_flat
      ON on_flat.account_id = oldest.account_id AND coalesce(on_flat.creditor_id, oldest.creditor_id) = oldest.creditor_id
    WHERE reason_code IN (SELECT unnest(string_split($holds_of_court, ',')))
      AND (reason_code <> 'bankruptcy' OR oldest.month <= date_trunc('month', from_on))
),
filed AS (SELECT DISTINCT account_id, creditor_id FROM read_parquet($debtors) WHERE track_code = 'court' AND previous_stage_code IS NOT NULL),
items AS (
    SELECT item.account_id, item.creditor_id, item.due_on, item.limitation_on, (outstanding_rub * 100)::BIGINT AS kop,
           (sum(outstanding_rub) OVER (PARTITION BY item.account_id, item.creditor_id ORDER BY item.due_on, billing_month, document_id, contract_id,
                service_code, debt_kind_code, charge_month ROWS UNBOUNDED PRECEDING) * 100)::BIGINT - (shielded_rub * 100)::BIGINT AS uncovered, receipt_on
    FROM read_parquet($open_items) AS item JOIN announced USING (account_id, creditor_id)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed
      AND charge_month IS NOT NULL AND NOT is_time_barred
      AND NOT EXISTS (
          FROM read_parquet($court_cases) AS told
          WHERE told.account_id = item.account_id AND told.creditor_id = item.creditor_id
            AND item.billing_month BETWEEN told.from_month AND told.to_month
      )
),
claims AS (
    SELECT account_id, creditor_id, max(uncovered) AS kop, any_value(receipt_on) AS receipt_on,
           min(due_on) FILTER (uncovered >= $contact_kop::BIGINT) AS claim_due_on, min(limitation_on) FILTER (uncovered > 0) AS limitation_on
    FROM items GROUP BY ALL
),
bands AS (
    SELECT unnest(string_split($duty_from_kop, ','))::BIGINT AS from_kop, unnest(string_split($duty_base_kop, ','))::BIGINT AS base_kop,
           unnest(string_split($duty_percent, ','))::BIGINT AS percent
),
priced AS (
    SELECT claims.*, (least(greatest(base_kop + ((kop - from_kop)::HUGEINT * percent + 500000) // 1000000, $duty_min_kop::BIGINT), $duty_max_kop::BIGINT)
                      * CASE WHEN kop > $limit_kop::BIGINT THEN 1000000 ELSE $order_percent::BIGINT END + 500000 * $unit_kop::BIGINT) // (1000000 * $unit_kop::BIGINT) * $unit_kop::BIGINT AS duty
    FROM claims ASOF JOIN bands ON claims.kop > bands.from_kop WHERE kop <= $known_up_to_kop::BIGINT
),
expected AS (
    SELECT account_id, creditor_id, kop, duty, greatest((claim_due_on + to_months($months::INTEGER))::DATE, receipt_on + $wait_days::INTEGER) AS court_on
    FROM priced ANTI JOIN closed USING (account_id) ANTI JOIN filed USING (account_id, creditor_id)
    ANTI JOIN held USING (account_id, creditor_id)
    CROSS JOIN night
    WHERE NOT waits AND kop >= $least_kop::BIGINT AND coalesce(limitation_on > night.on + to_months($near_months::INTEGER), true)
      AND ((kop + duty)::HUGEINT * $chance::BIGINT * greatest($kept::BIGINT, 0) + 6000000000000) // 12000000000000 > duty
),
due AS (FROM expected, night WHERE court_on > night.on AND court_on <= night.on + $days::INTEGER)
SELECT coalesce(listed.account_id, due.account_id) AS account_id,
       coalesce(listed.claimed_rub, 0) - coalesce(kop, 0)::DECIMAL(18,2) / 100 AS difference_rub
FROM due FULL JOIN read_parquet($pretrial_notices) AS listed USING (account_id, creditor_id)
WHERE listed.claimed_rub * 100 IS DISTINCT FROM kop OR listed.duty_rub * 100 IS DISTINCT FROM duty OR listed.court_on IS DISTINCT FROM due.court_on
   OR listed.stage_code <> CASE WHEN kop > $limit_kop::BIGINT THEN 'claim' ELSE 'court_order' END
ORDER BY account_id
