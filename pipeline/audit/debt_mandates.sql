-- Every debtor is worked under the mandate that the registers name, of several the first begun; and the share that is left
-- alone is the one that the hash draws, neither more nor fewer, held on the notice track and on no list of it.
WITH
-- shared: running_mandates
under AS (
    SELECT account_id, creditor_id, mandate_id, greatest(members.from_on, first_on) AS begun_on,
           CASE WHEN ('0x' || substr(sha256(mandate_id || chr(31) || account_id), 1, 8))::BIGINT % 10000 < 100 * holdout_percent
                THEN 'hold_out' ELSE 'contacted' END AS group_code
    FROM members JOIN running USING (mandate_id), night WHERE members.to_on IS NULL OR members.to_on >= night.on
    QUALIFY row_number() OVER (PARTITION BY account_id, creditor_id ORDER BY begun_on, mandate_id) = 1
),
listed AS (
    SELECT unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL SELECT unnest(episode_ids) FROM read_parquet($call_list)
    UNION ALL SELECT episode_id FROM read_parquet($debt_receipts)
)
SELECT debtor.account_id
FROM read_parquet($debtors) AS debtor
LEFT JOIN under ON under.account_id = debtor.account_id AND under.creditor_id = debtor.creditor_id
LEFT JOIN (SELECT DISTINCT episode_id FROM listed) AS listed ON listed.episode_id = debtor.episode_id
WHERE debtor.mandate_id IS DISTINCT FROM under.mandate_id
   OR (track_code = 'notice' AND list_contains(holds, 'hold_out') <> coalesce(group_code = 'hold_out', FALSE))
   OR (group_code = 'hold_out' AND track_code = 'notice' AND listed.episode_id IS NOT NULL)
ORDER BY debtor.account_id
