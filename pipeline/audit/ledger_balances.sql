-- Account × creditor × service × kind: every flow of account_balances from the rows it sums, and closing by roll.
WITH lines AS (
    SELECT d.account_id, c.creditor_id, l.service_code,
           CASE WHEN s.class_code IN ('utility', 'housing') THEN 'principal' ELSE s.class_code END AS debt_kind_code,
           CAST(l.payable_kop AS HUGEINT) AS kop
    FROM read_parquet($charges) AS l
    JOIN read_parquet($billing_documents) AS d ON d.document_id = l.document_id
    LEFT JOIN read_parquet($service_contracts) AS c ON c.contract_id = l.contract_id
    LEFT JOIN read_parquet($services) AS s ON s.service_code = l.service_code
),
entries AS (
    SELECT account_id, creditor_id, service_code, debt_kind_code, 'opening' AS flow,
           CAST(outstanding_rub * 100 AS HUGEINT) AS kop
    FROM read_parquet($state_open_items)
    UNION ALL
    SELECT account_id, creditor_id, service_code, debt_kind_code, 'closing', CAST(outstanding_rub * 100 AS HUGEINT)
    FROM read_parquet($open_items)
    UNION ALL
    SELECT account_id, creditor_id, service_code, debt_kind_code, 'billed', kop FROM lines
    UNION ALL
    SELECT account_id, creditor_id, service_code, debt_kind_code,
           CASE rule_code WHEN 'reversal' THEN 'reversed' WHEN 'credit' THEN 'aside' WHEN 'superseded' THEN 'aside'
           ELSE 'paid' END,
           CAST(allocated_rub * 100 AS HUGEINT) * CASE WHEN rule_code = 'reversal' THEN -1 ELSE 1 END
    FROM read_parquet($payment_allocations)
    UNION ALL
    SELECT b.account_id, b.creditor_id, b.service_code, b.debt_kind_code, f.flow, -CAST(f.rub * 100 AS HUGEINT)
    FROM read_parquet($account_balances) AS b,
    LATERAL (VALUES ('opening', b.opening_rub), ('closing', b.closing_rub), ('billed', b.billed_rub),
                    ('reversed', b.reversed_rub), ('paid', b.paid_rub)) AS f(flow, rub)
),
broken AS (
    SELECT account_id, sum(kop) AS kop FROM entries WHERE flow <> 'aside'
    GROUP BY account_id, creditor_id, service_code, debt_kind_code, flow HAVING sum(kop) <> 0
    UNION ALL
    SELECT account_id, CAST((opening_rub + billed_rub - paid_rub + reversed_rub + transferred_rub - written_off_rub
                             - closing_rub) * 100 AS HUGEINT)
    FROM read_parquet($account_balances)
    WHERE closing_rub <> opening_rub + billed_rub - paid_rub + reversed_rub + transferred_rub - written_off_rub
)
SELECT account_id, CAST(kop AS BIGINT) AS difference_kop FROM broken ORDER BY account_id, difference_kop
