-- Delivery by delivery: staged rows, the last row of the file among them, and rows that name no delivery or no row.
SELECT delivery_id, max(row_number) AS last_row,
       count(*) FILTER (delivery_id IS NULL OR length(delivery_id) <> 64 OR row_number IS NULL OR row_number < 1
                        OR received_at IS NULL) AS nameless
FROM read_parquet($staged) GROUP BY delivery_id ORDER BY delivery_id
