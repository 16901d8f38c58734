-- Lines that differ add up to the totals of their service and cause; what agrees differs by nothing.
WITH told AS (
    SELECT service_code, cause_code, sum(lines) AS lines, sum(billed_rub) AS billed_rub, sum(rated_rub) AS rated_rub,
           sum(too_much_rub) AS too_much_rub
    FROM read_parquet($charge_audit_totals) WHERE outcome_code = 'differs' GROUP BY ALL
),
found AS (
    SELECT service_code, cause_code, count(*) AS lines, sum(billed_rub) AS billed_rub, sum(rated_rub) AS rated_rub,
           sum(greatest(difference_rub, 0)) AS too_much_rub
    FROM read_parquet($charge_audit) GROUP BY ALL
)
SELECT service_code || ' ' || cause_code AS subject,
       coalesce(told.billed_rub - told.rated_rub, 0) - coalesce(found.billed_rub - found.rated_rub, 0) AS difference_rub
FROM told FULL JOIN found USING (service_code, cause_code)
WHERE (told.lines, told.billed_rub, told.rated_rub, told.too_much_rub)
      IS DISTINCT FROM (found.lines, found.billed_rub, found.rated_rub, found.too_much_rub)
UNION ALL
SELECT service_code || ' agrees', sum(abs(difference_rub)) FROM read_parquet($charge_audit_totals)
WHERE outcome_code = 'agrees' AND difference_rub <> 0 GROUP BY service_code
ORDER BY 1
