-- How many readings of the cycle were rejected, of how many, and whose.
SELECT count(*) AS readings, count(*) FILTER (verdict_code = 'rejected') AS rejected,
       list_slice(list_sort(list_distinct(list(account_id) FILTER (verdict_code = 'rejected'))), 1, 5) AS account_ids
FROM read_parquet($consumption)
