-- Houses that do not fit their flats: flats above the house, or a difference beyond the bound.
SELECT house_id || ' ' || service_code AS subject, effect_rub AS difference_rub
FROM read_parquet($house_balances) WHERE outcome_code IN ('differs', 'flats_exceed')
ORDER BY abs(effect_rub) DESC NULLS LAST, 1
