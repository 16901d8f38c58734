-- Terms of the advance discount by their money: the months are the contract's and allowed; the price is the fixed lines of the
-- first bill less the discount, times the months; paid is what was paid before, plus this cycle's payments in time, less what was
-- taken back of them; whoever runs has paid it, whoever gave it up does not run, and nobody ends by a debt that is not there.
WITH
-- shared: kinds_of_services
-- shared: joined_contracts
terms AS (
    SELECT account_id, event_id, contract_reference, from_month, to_month, months, status_code, end_reason_code, payment_ids,
           pay_until_on, CAST(percent * 10000000 AS HUGEINT) AS percent_e7, CAST(price_rub * 100 AS HUGEINT) AS price_kop,
           CAST(paid_rub * 100 AS HUGEINT) AS paid_kop
    FROM read_parquet($advance_terms)
),
before AS (SELECT account_id, event_id, status_code, price_kop, paid_kop, payment_ids FROM read_parquet($advance_terms_before)),
contracts AS (
    SELECT account_id, contract_reference, from_month, to_month FROM read_parquet($advance_contracts)
    QUALIFY row_number() OVER (PARTITION BY contract_reference ORDER BY registered_at DESC, event_id DESC) = 1
),
lines AS (
    SELECT account_id, sum(CAST(payable_kop AS HUGEINT)) AS fee_kop
    FROM read_parquet($charges) SEMI JOIN terms USING (account_id) JOIN kinds USING (service_code)
    WHERE batch_id IS NULL AND charge_month = CAST($month AS DATE) AND document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
      AND list_contains(string_split($fixed_kinds, ','), kind) AND contract_id IN (FROM joined)
    GROUP BY account_id, contract_id, service_code, coalesce(zone_code, '')
    HAVING sum(payable_kop) > 0 AND count(DISTINCT basis_code) FILTER (charged_kop <> 0) = 1
       AND list_contains(string_split($fixed_bases, ','), min(basis_code) FILTER (charged_kop <> 0))
),
prices AS (
    SELECT event_id, sum((fee_kop - (2 * fee_kop * percent_e7 + 1000000000) // 2000000000) * months) AS now_kop
    FROM terms JOIN lines USING (account_id) GROUP BY event_id
),
money AS (
    SELECT event_id, payment_id, CAST(amount_rub * 100 AS HUGEINT) AS kop
    FROM terms JOIN read_parquet($state_advances) USING (account_id, contract_reference)
    WHERE event_id NOT IN (SELECT event_id FROM before)
    UNION ALL
    SELECT event_id, payment_id, CAST(amount_rub * 100 AS HUGEINT)
    FROM terms JOIN read_parquet($posted_payments) USING (account_id, contract_reference)
    LEFT JOIN before USING (event_id)
    WHERE purpose_code = 'advance_contract' AND (
        pay_until_on IS NULL OR before.status_code = 'running'
        OR CAST(paid_at AT TIME ZONE 'Europe/Moscow' AS DATE) <= pay_until_on)
),
known AS (
    SELECT event_id, payment_id FROM money
    UNION
    SELECT event_id, unnest(payment_ids) FROM before
),
gone AS (
    SELECT event_id, sum(CAST(amount_rub * 100 AS HUGEINT)) AS kop
    FROM known JOIN read_parquet($posted_reversals) USING (payment_id) GROUP BY event_id
),
came AS (SELECT event_id, sum(kop) AS kop FROM money GROUP BY event_id),
debts AS (
    SELECT account_id, sum(CAST(outstanding_rub * 100 AS HUGEINT)) AS kop FROM read_parquet($open_items)
    WHERE days_overdue >= $debt_days AND NOT is_disputed AND NOT is_time_barred
      AND debt_kind_code IN ('principal', 'capital_repair')
    GROUP BY account_id
),
given_up AS (
    SELECT DISTINCT account_id, contract_reference FROM (
        SELECT account_id, contract_reference, withdrawn_on FROM read_parquet($advance_discounts)
        WHERE status_code = 'confirmed' AND withdrawn_on IS NOT NULL AND contract_reference IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY account_id, contract_reference ORDER BY registered_at DESC, event_id DESC) = 1)
    WHERE withdrawn_on <= last_day(CAST($month AS DATE))
)
SELECT account_id, CAST(terms.paid_kop - coalesce(before.paid_kop, 0) - coalesce(came.kop, 0) + coalesce(gone.kop, 0) AS BIGINT)
           AS difference_kop
FROM terms LEFT JOIN before USING (account_id, event_id) LEFT JOIN came USING (event_id) LEFT JOIN gone USING (event_id)
WHERE terms.paid_kop <> coalesce(before.paid_kop, 0) + coalesce(came.kop, 0) - coalesce(gone.kop, 0)
UNION ALL
SELECT account_id, CAST(coalesce(terms.price_kop, 0) - coalesce(before.price_kop, now_kop, 0) AS BIGINT)
FROM terms LEFT JOIN before USING (account_id, event_id) LEFT JOIN prices USING (event_id)
WHERE terms.price_kop IS DISTINCT FROM coalesce(before.price_kop, now_kop)
UNION ALL
SELECT terms.account_id, 0
FROM terms LEFT JOIN before USING (account_id, event_id)
LEFT JOIN contracts USING (account_id, contract_reference) LEFT JOIN given_up USING (account_id, contract_reference)
LEFT JOIN debts USING (account_id)
WHERE (before.event_id IS NULL AND (
          contracts.from_month IS DISTINCT FROM terms.from_month OR contracts.to_month IS DISTINCT FROM terms.to_month
          OR terms.months <> date_diff('month', terms.from_month, terms.to_month) + 1
          OR terms.months NOT BETWEEN $months_min AND $months_max))
   OR (terms.status_code = 'running' AND (terms.price_kop IS NULL OR terms.paid_kop < terms.price_kop))
   OR (list_contains(string_split($ends_by, ','), 'withdrawn') AND given_up.account_id IS NOT NULL AND terms.status_code = 'running')
   OR (terms.end_reason_code = 'withdrawn' AND given_up.account_id IS NULL)
   OR (terms.end_reason_code = 'refunded' AND terms.paid_kop >= terms.price_kop)
   OR (terms.end_reason_code = 'debt' AND coalesce(debts.kop, 0) <= $debt_min_kop)
ORDER BY account_id
