-- Money of every delivery of one feed against the sum of its file; reversals count with a minus.
WITH counted AS (
    SELECT parse_filename(filename) AS delivery_id, CAST($sign AS INTEGER) * sum(amount_rub) AS rub
    FROM read_parquet(string_split($files, '|'), filename = true, union_by_name = true) GROUP BY ALL
)
SELECT l.delivery_id, l.table_name, CAST(100 * coalesce(c.rub, 0) AS BIGINT) AS expected,
       CAST(100 * l.received_rub AS BIGINT) // l.files AS found,
       CAST(100 * l.received_rub AS BIGINT) // l.files - CAST(100 * coalesce(c.rub, 0) AS BIGINT) AS difference
FROM read_parquet($deliveries) AS l LEFT JOIN counted AS c USING (delivery_id)
WHERE l.table_name = $feed AND l.status_code <> 'readmitted' AND l.dated_by_code <> 'rows'
  AND l.received_rub <> coalesce(c.rub, 0) * l.files
ORDER BY 2, 1
