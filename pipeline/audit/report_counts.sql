-- What the month's report counts, against the tables that it counts: payments, bonus, debtors, lists, proposals, what waits.
WITH ledger(section_code, row_key, measure, figure) AS (
    SELECT 'channels', channel_code, 'amount_rub', sum(amount_rub) FROM read_parquet($posted_payments) GROUP BY ALL
    UNION ALL SELECT 'channels', channel_code, 'payments', count(payment_id) FROM read_parquet($posted_payments) GROUP BY ALL
    UNION ALL SELECT 'channels', '', 'amount_rub', sum(amount_rub) FROM read_parquet($posted_payments)
    UNION ALL SELECT 'channels', '', 'payments', count(*) FROM read_parquet($posted_payments)
    UNION ALL SELECT 'bonus', '', 'documents', count(*) FILTER (billing_month = CAST($month AS DATE))
        FROM read_parquet($eligibility)
    UNION ALL SELECT 'bonus', 'eligible', 'documents', count(*) FILTER (is_eligible AND billing_month = CAST($month AS DATE))
        FROM read_parquet($eligibility)
    UNION ALL SELECT 'bonus', '', 'documents_before', count(*) FILTER (billing_month <> CAST($month AS DATE))
        FROM read_parquet($eligibility)
    UNION ALL SELECT 'debtors_' || track_code, '', 'claimed_rub', sum(claimed_rub) FROM read_parquet($debtors) GROUP BY ALL
    UNION ALL SELECT 'debtors_' || track_code, '', 'pairs', count(*) FROM read_parquet($debtors) GROUP BY ALL
    UNION ALL SELECT 'debtors_' || track_code, '', 'accounts', count(DISTINCT account_id) FROM read_parquet($debtors) GROUP BY ALL
    UNION ALL SELECT 'lists', 'sms_list', 'rows', count(*) FROM read_parquet($sms_list)
    UNION ALL SELECT 'lists', 'call_list', 'rows', count(*) FROM read_parquet($call_list)
    UNION ALL SELECT 'lists', 'debt_receipts', 'rows', count(*) FROM read_parquet($debt_receipts)
    UNION ALL SELECT 'lists', 'court_list', 'rows', count(*) FROM read_parquet($court_list)
    UNION ALL SELECT 'lists', 'court_list', 'total_rub', coalesce(sum(claimed_rub), 0) FROM read_parquet($court_list)
    UNION ALL SELECT 'recalculations', '', 'difference_rub', coalesce(sum(charged_again_rub - reversed_rub), 0)
        FROM read_parquet($recalculations)
    UNION ALL SELECT 'recalculations', '', 'proposals', count(*) FROM read_parquet($recalculations)
    UNION ALL SELECT 'penalties', '', 'penalty_rub', coalesce(sum(penalty_rub), 0) FROM read_parquet($penalties)
    UNION ALL SELECT 'penalties', '', 'change_rub', coalesce(sum(penalty_rub - before_rub), 0) FROM read_parquet($penalties)
    UNION ALL SELECT 'restriction', '', 'claimed_rub', coalesce(sum(claimed_rub), 0) FROM read_parquet($restriction_list)
    UNION ALL SELECT 'restriction', '', 'services', count(*) FROM read_parquet($restriction_list)
    UNION ALL SELECT 'cases', '', 'open_rub', coalesce(sum(open_rub), 0) FROM read_parquet($court_standing)
    UNION ALL SELECT 'cases', '', 'cases', count(*) FROM read_parquet($court_standing)
    UNION ALL SELECT 'instalments', '', 'paid_rub', coalesce(sum(paid_rub), 0) FROM read_parquet($instalments)
    UNION ALL SELECT 'instalments', '', 'agreed_rub', coalesce(sum(agreed_rub), 0) FROM read_parquet($instalments)
    UNION ALL SELECT 'radar', '', 'lost_in_90_days_rub', coalesce(sum(lost_in_90_days_rub), 0)
        FROM read_parquet($limitation_radar)
    UNION ALL SELECT 'audit', '', 'billed_rub', coalesce(sum(billed_rub), 0) FROM read_parquet($charge_audit_totals)
    UNION ALL SELECT 'audit', '', 'difference_rub', coalesce(sum(billed_rub - rated_rub), 0)
        FROM read_parquet($charge_audit)
    UNION ALL SELECT 'audit_houses', '', 'lines', count(*) FROM read_parquet($charge_audit)
    UNION ALL SELECT 'suspended', '', 'amount_rub', coalesce(sum(amount_rub), 0) FROM read_parquet($suspended_payments)
    UNION ALL SELECT 'suspended', reason_code, 'rows', count(*) FROM read_parquet($suspended_payments) GROUP BY ALL
    UNION ALL SELECT 'suspended', '', 'rows', count(*) FROM read_parquet($suspended_payments)
    UNION ALL SELECT 'quarantined', '', 'rows', count(*)
        FROM read_parquet($work_queue) WHERE kind_code LIKE 'quarantined_%'
    UNION ALL SELECT 'quarantined', '', 'in_cycle', count(*)
        FROM read_parquet($work_queue) AS waiting WHERE kind_code LIKE 'quarantined_%' AND EXISTS (
            FROM read_parquet($quarantine) AS refused WHERE refused.table_name = waiting.table_name
            AND refused.delivery_id = waiting.refused_delivery_id AND refused.row_number = waiting.refused_row_number)
    UNION ALL SELECT 'registries', '', 'received_rub', coalesce(sum(allocated_rub + advance_rub + suspended_rub + returned_rub), 0)
        FROM read_parquet($registry_reconciliation)
),
told AS (
    SELECT section_code, row_key, measure, coalesce(value_rub, value_count) AS figure FROM read_parquet($report_figures)
    WHERE CASE
        WHEN section_code LIKE 'debtors_%' THEN is_total AND measure IN ('claimed_rub', 'pairs', 'accounts')
        ELSE (section_code, measure) IN (('channels', 'amount_rub'), ('channels', 'payments'), ('suspended', 'rows'))
          OR is_total AND (section_code, measure) IN (
              ('bonus', 'documents'), ('bonus', 'documents_before'), ('recalculations', 'difference_rub'),
              ('recalculations', 'proposals'), ('penalties', 'penalty_rub'), ('penalties', 'change_rub'),
              ('restriction', 'claimed_rub'), ('restriction', 'services'), ('cases', 'open_rub'), ('cases', 'cases'),
              ('instalments', 'paid_rub'), ('instalments', 'agreed_rub'), ('radar', 'lost_in_90_days_rub'),
              ('audit', 'billed_rub'), ('audit', 'difference_rub'), ('audit_houses', 'lines'),
              ('suspended', 'amount_rub'), ('quarantined', 'rows'),
              ('quarantined', 'in_cycle'), ('registries', 'received_rub'))
          OR NOT is_total AND ((section_code = 'lists' AND measure = 'rows')
                               OR (section_code, row_key, measure) IN (('bonus', 'eligible', 'documents'),
                                                                       ('lists', 'court_list', 'total_rub')))
        END
)
SELECT section_code || ': ' || row_key || ' ' || measure AS account_id,
       coalesce(told.figure, 0) - coalesce(ledger.figure, 0) AS difference_rub
FROM told FULL JOIN ledger USING (section_code, row_key, measure)
WHERE coalesce(told.figure, 0) <> coalesce(ledger.figure, 0)
ORDER BY 1
