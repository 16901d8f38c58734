-- A new proposal names a reading accepted in this cycle, or one whose month waited unbilled; a carried one keeps its own.
-- Those of the state are set aside first: where proposals are carried, that is nearly all.
WITH wanted AS (
    SELECT proposal.account_id, proposal.event_id FROM read_parquet($recalculations) AS proposal
    ANTI JOIN read_parquet($state_recalculations) AS before
      ON before.event_id = proposal.event_id AND before.account_id = proposal.account_id
    WHERE proposal.cause_code IN ('true_up_average', 'true_up_norm')
)
SELECT account_id FROM wanted
ANTI JOIN (
    SELECT account_id, reading_id AS event_id FROM read_parquet($consumption) WHERE verdict_code = 'accepted'
    UNION ALL SELECT account_id, reading_id FROM read_parquet($state_unbilled)
) AS readings USING (account_id, event_id)
ORDER BY account_id
