-- Collection of the month: what the report says was laid equals the money collected from payments (less what reversals
-- and new versions took back), on documents of the month and of earlier ones as the movements name them; what it says was
-- billed equals all live documents of the cycle, and its late part those of earlier months; what is open, the balances.
WITH laid AS (
    SELECT coalesce(sum(collected_rub - reversed_rub + moved_rub), 0) AS amount FROM read_parquet($collected_money)
),
ledger AS (
    SELECT 'collection' AS section_code, 'paid_rub' AS measure, amount FROM laid
    UNION ALL SELECT 'collection', 'both_parts', amount FROM laid
    UNION ALL SELECT 'collection', 'current_rub', (
        SELECT coalesce(sum(allocated_rub), 0) FROM read_parquet($payment_allocations)
        WHERE origin_code <> 'credit' AND billing_month >= CAST($month AS DATE))
    UNION ALL SELECT 'collection', unnest(['cycle_rub', 'both_billed']), (
        SELECT coalesce(sum(billed_rub), 0) FROM read_parquet($billed_documents) WHERE NOT is_superseded)
    UNION ALL SELECT 'collection', 'late_rub', (
        SELECT coalesce(sum(billed_rub), 0) FROM read_parquet($billed_documents)
        WHERE NOT is_superseded AND billing_month < CAST($month AS DATE))
    UNION ALL SELECT 'collection', 'opening_rub', (SELECT coalesce(sum(opening_rub), 0) FROM read_parquet($account_balances))
    UNION ALL SELECT 'vintages', 'open_rub', (SELECT coalesce(sum(closing_rub), 0) FROM read_parquet($account_balances))
    UNION ALL SELECT 'ageing', 'open_rub', (SELECT coalesce(sum(closing_rub), 0) FROM read_parquet($account_balances))
),
figures AS (
    SELECT section_code, measure, value_rub FROM read_parquet($report_figures)
    WHERE CASE section_code WHEN 'collection' THEN NOT is_total AND row_key = $month
          WHEN 'vintages' THEN is_total WHEN 'ageing' THEN is_total ELSE FALSE END
),
told AS (
    SELECT section_code, measure, sum(value_rub) AS amount FROM figures GROUP BY ALL
    UNION ALL SELECT section_code, 'both_parts', sum(value_rub) FROM figures
        WHERE measure IN ('current_rub', 'arrears_rub') GROUP BY ALL
    UNION ALL SELECT section_code, 'both_billed', sum(value_rub) FROM figures
        WHERE section_code = 'collection' AND measure IN ('billed_rub', 'late_rub') GROUP BY ALL
)
SELECT section_code || ': ' || measure AS account_id, coalesce(told.amount, 0) - ledger.amount AS difference_rub
FROM ledger LEFT JOIN told USING (section_code, measure)
WHERE coalesce(told.amount, 0) <> ledger.amount
ORDER BY 1
