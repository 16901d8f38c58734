-- A new proposal names a reading accepted in this cycle, or one whose month waited unbilled; a carried one keeps its own.
WITH readings AS (
    SELECT account_id, reading_id FROM read_parquet($consumption) WHERE verdict_code = 'accepted'
    UNION
    SELECT account_id, reading_id FROM read_parquet($state_unbilled)
    UNION
    SELECT account_id, event_id FROM read_parquet($state_recalculations)
)
SELECT proposal.account_id
FROM read_parquet($recalculations) AS proposal
LEFT JOIN readings ON readings.reading_id = proposal.event_id AND readings.account_id = proposal.account_id
WHERE readings.reading_id IS NULL
ORDER BY proposal.account_id
