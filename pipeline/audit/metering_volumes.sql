-- No volume that registers tell is negative, and no month holds more than the whole between its registers.
SELECT account_id FROM read_parquet($consumption)
WHERE verdict_code = 'accepted' AND (volume < 0 OR month_volume < 0 OR month_volume > volume OR basis_code <> 'meter')
UNION ALL
SELECT account_id FROM read_parquet($unconfirmed_charges) WHERE actual_volume < 0
UNION ALL
SELECT account_id FROM read_parquet($unbilled_volumes) WHERE volume < 0
ORDER BY account_id
