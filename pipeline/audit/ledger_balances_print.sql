-- The promise of ledger_balances in one number a flow, as ledger_items_roll_print does it: Σ kopecks × weight, the weight
-- a hash of account × creditor × service × kind. A line's account is its document's: ingest refuses any other.
WITH lines AS (
    SELECT l.account_id, c.creditor_id, l.service_code,
           CASE WHEN s.class_code IN ('utility', 'housing') THEN 'principal' ELSE s.class_code END AS debt_kind_code,
           CAST(l.payable_kop AS HUGEINT) AS kop
    FROM read_parquet($charges) AS l
    LEFT JOIN read_parquet($service_contracts) AS c ON c.contract_id = l.contract_id
    LEFT JOIN read_parquet($services) AS s ON s.service_code = l.service_code
),
movements AS (
    SELECT rule_code = 'reversal' AS is_back, rule_code NOT IN ('reversal', 'credit', 'superseded') AS is_paid,
           CAST(allocated_rub * 100 AS HUGEINT)
           * CAST(hash(account_id, creditor_id, service_code, debt_kind_code) >> 20 AS HUGEINT) AS weighed
    FROM read_parquet($payment_allocations)
),
balances AS (
    SELECT *, CAST(hash(account_id, creditor_id, service_code, debt_kind_code) >> 20 AS HUGEINT) AS weight
    FROM read_parquet($account_balances)
),
told AS (
    SELECT coalesce(sum(CAST(opening_rub * 100 AS HUGEINT) * weight), 0) AS opening,
           coalesce(sum(CAST(closing_rub * 100 AS HUGEINT) * weight), 0) AS closing,
           coalesce(sum(CAST(billed_rub * 100 AS HUGEINT) * weight), 0) AS billed,
           coalesce(sum(CAST(reversed_rub * 100 AS HUGEINT) * weight), 0) AS reversed,
           coalesce(sum(CAST(paid_rub * 100 AS HUGEINT) * weight), 0) AS paid,
           count(*) FILTER (closing_rub <> opening_rub + billed_rub - paid_rub + reversed_rub + transferred_rub
                                           - written_off_rub) AS broken
    FROM balances
)
SELECT broken = 0
       AND opening = (SELECT coalesce(sum(CAST(outstanding_rub * 100 AS HUGEINT) * CAST(
               hash(account_id, creditor_id, service_code, debt_kind_code) >> 20 AS HUGEINT)), 0)
           FROM read_parquet($state_open_items))
       AND closing = (SELECT coalesce(sum(CAST(outstanding_rub * 100 AS HUGEINT) * CAST(
               hash(account_id, creditor_id, service_code, debt_kind_code) >> 20 AS HUGEINT)), 0)
           FROM read_parquet($open_items))
       AND billed = (SELECT coalesce(sum(kop * CAST(
               hash(account_id, creditor_id, service_code, debt_kind_code) >> 20 AS HUGEINT)), 0) FROM lines)
       AND reversed = (SELECT coalesce(-sum(weighed) FILTER (is_back), 0) FROM movements)
       AND paid = (SELECT coalesce(sum(weighed) FILTER (is_paid), 0) FROM movements) AS holds
FROM told
