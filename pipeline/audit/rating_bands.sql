-- Houses whose bills leave the band: what one cause makes of one service, in either direction.
SELECT coalesce(house_id, '—') || ' ' || service_code || ' ' || cause_code AS subject, difference_rub
FROM read_parquet($charge_audit_totals)
WHERE outcome_code = 'differs' AND abs(difference_rub) >= CAST($house_band_rub AS DECIMAL(18, 2))
ORDER BY abs(difference_rub) DESC, 1
