-- Rows of every delivery against the rows of its file. A file dated by its rows goes on through several months: it
-- may not have fewer rows than the month took from it.
WITH listed AS (
    SELECT delivery_id, table_name, dated_by_code, received_at, received_rows // files AS rows
    FROM read_parquet($deliveries) WHERE status_code <> 'readmitted' AND dated_by_code <> 'rows'
    UNION ALL
    SELECT delivery_id, table_name, dated_by_code, max(received_at), CAST(sum(received_rows // files) AS BIGINT)
    FROM read_parquet($deliveries) WHERE status_code <> 'readmitted' AND dated_by_code = 'rows' GROUP BY ALL
),
counted AS (
    SELECT parse_filename(file_name) AS delivery_id, max(num_rows) AS rows
    FROM parquet_file_metadata(string_split($files, '|')) GROUP BY ALL
)
SELECT l.delivery_id, l.table_name, c.rows AS expected, l.rows AS found, l.rows - c.rows AS difference
FROM listed AS l LEFT JOIN counted AS c USING (delivery_id)
WHERE c.rows IS NULL OR (l.dated_by_code = 'rows' AND l.rows > c.rows)
   OR (l.dated_by_code <> 'rows' AND l.rows <> c.rows)
ORDER BY 2, 1
