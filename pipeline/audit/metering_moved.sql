-- One accepted reading per meter, zone and month, where a meter is read for accounts of two parts, or has moved to an
-- account of another part than that which knew it. Only meters in question are looked at; all where none is named. What
-- takes the place of a closed month tells no volume: its own part looks at it.
WITH accepted AS (
    SELECT account_id, meter_id, coalesce(zone_code, '') AS zone, charge_month,
           volume IS NULL AND list_contains(findings, 'month_already_read') AS takes_the_place
    FROM read_parquet($consumption)
    WHERE verdict_code = 'accepted' AND (len($moved::VARCHAR[]) = 0 OR meter_id IN (SELECT unnest($moved::VARCHAR[])))
)
SELECT min(account_id) AS account_id FROM accepted GROUP BY meter_id, zone, charge_month HAVING count(*) > 1
UNION ALL
SELECT accepted.account_id
FROM accepted JOIN read_parquet($state_memory) AS before
  ON before.meter_id = accepted.meter_id AND coalesce(before.zone_code, '') = accepted.zone
WHERE accepted.charge_month <= before.last_actual_month AND NOT accepted.takes_the_place
ORDER BY account_id
