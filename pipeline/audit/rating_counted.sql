-- Every accepted charge line of the cycle is counted once in the audit, with all its money: lines and roubles of the
-- deliveries against those of the totals.
WITH billed AS (
    SELECT count(*) AS lines, coalesce(sum(charged_kop), 0)::HUGEINT AS kop FROM read_parquet($charges)
),
told AS (
    SELECT coalesce(sum(lines), 0) AS lines, coalesce(sum(billed_rub) * 100, 0)::HUGEINT AS kop
    FROM read_parquet($charge_audit_totals)
)
SELECT 'начислено' AS subject, (told.kop - billed.kop)::BIGINT AS difference_kop
FROM billed, told WHERE told.kop <> billed.kop OR told.lines <> billed.lines
