-- Age of every open item at the cut, counted anew from its due date: days after it, whole calendar months since it
-- (10 March to 9 April is none, to 10 April is one), and whether limitation has passed.
WITH aged AS (
  SELECT *, CAST($on AS DATE) AS night,
         (year(night) - year(due_on)) * 12 + month(night) - month(due_on)
         - CASE WHEN day(due_on) > day(night) THEN 1 ELSE 0 END AS months
  FROM read_parquet($open_items)
)
SELECT account_id, CAST(outstanding_rub * 100 AS BIGINT) AS difference_kop
FROM aged
WHERE days_overdue <> greatest(night - due_on, 0) OR months_overdue <> greatest(months, 0)
   OR is_time_barred <> coalesce(limitation_on < night, false)
ORDER BY account_id
