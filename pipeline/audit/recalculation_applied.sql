-- A new proposal for an application or act names one that the book knows, confirmed, of that account or its place; what
-- goes back is no event whose months have been proposed.
WITH made AS (
    SELECT account_id, event_id, cause_code FROM read_parquet($recalculations)
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('absence', 'bad_quality', 'housing_days')
)
SELECT account_id FROM made
WHERE cause_code = 'absence' AND (event_id, account_id) NOT IN (
    SELECT (event_id, account_id) FROM read_parquet($absences) WHERE status_code = 'confirmed')
UNION ALL
SELECT account_id FROM made
WHERE cause_code <> 'absence' AND (event_id, account_id) NOT IN (
    SELECT (act.event_id, place.account_id)
    FROM read_parquet($quality_acts) AS act JOIN read_parquet($accounts) AS place
      ON place.premises_id = act.premises_id OR place.house_id = act.house_id
    WHERE act.status_code = 'confirmed')
ORDER BY account_id
