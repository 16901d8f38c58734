-- A list may leave only when every registry that could hold an earlier payment is in: none late, none still awaited
-- whose payments end before the night less the usual delay of the channel. Otherwise it is empty and names them.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
out AS (
    SELECT DISTINCT provider_code || ':' || registry.channel_code AS name
    FROM read_parquet($awaited_registries) AS registry
    LEFT JOIN read_parquet($channels) AS channel USING (channel_code), night
    WHERE status_code = 'late'
       OR (status_code = 'awaited' AND covers_until <= night.on - coalesce(usual_delay_days, 0))
),
missing AS (SELECT coalesce(list(name ORDER BY name), []) AS names FROM out)
SELECT list_code AS account_id, rows AS found
FROM read_parquet($debtor_lists), missing
WHERE awaited <> names OR (status_code = 'ready') <> (len(names) = 0) OR (len(names) > 0 AND rows > 0)
ORDER BY list_code
