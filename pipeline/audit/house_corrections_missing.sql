-- Houses whose correction is due and could not be counted, with the reason in their row.
SELECT correction_id AS subject FROM read_parquet($house_corrections) WHERE outcome_code = 'not_counted' ORDER BY 1
