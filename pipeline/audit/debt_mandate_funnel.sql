-- The funnel of every mandate anew: who stands where tonight from the debtors, what left from the journal, what came back
-- from the outcomes, cases from their events, and the money of this month's movements beside that of the month before.
WITH
-- shared: running_mandates
under AS (
    SELECT account_id, creditor_id, mandate_id, paid_within_days AS soon, greatest(members.from_on, first_on) AS begun_on,
           CASE WHEN ('0x' || substr(sha256(mandate_id || chr(31) || account_id), 1, 8))::BIGINT % 10000 < 100 * holdout_percent
                THEN 'hold_out' ELSE 'contacted' END AS group_code
    FROM members JOIN running USING (mandate_id), night WHERE members.to_on IS NULL OR members.to_on >= night.on
    QUALIFY row_number() OVER (PARTITION BY account_id, creditor_id ORDER BY begun_on, mandate_id) = 1
),
ranks AS (
    FROM (VALUES ('none', 0), ('reminder', 1), ('sms', 2), ('call', 3), ('debt_receipt', 4), ('court_order', 5), ('claim', 6))
         AS t (stage_code, rank)
),
told AS (
    SELECT DISTINCT account_id, creditor_id, action_id, stage_code, rank, dispatched_on
    FROM read_parquet($dispatches) JOIN ranks USING (stage_code)
),
came AS (SELECT DISTINCT action_id FROM read_parquet($dunning_outcomes) SEMI JOIN night ON outcome_on <= night.on WHERE outcome_code IN ('delivered', 'answered')),
stands AS (
    SELECT account_id, creditor_id, arg_max(coalesce(previous_stage_code, 'none'), track_code = 'court') AS stage_code,
           max(total_rub) FILTER (track_code = 'notice') AS total_rub, max(claimed_rub) FILTER (track_code = 'notice') AS claimed_rub
    FROM read_parquet($debtors) WHERE track_code = 'notice' OR previous_stage_code IS NOT NULL GROUP BY ALL
),
paid AS (
    SELECT account_id, creditor_id, mandate_id, group_code, allocated_rub, soon, begun_on,
           (paid_at AT TIME ZONE 'Europe/Moscow')::DATE AS paid_on, row_number() OVER () AS movement
    FROM read_parquet($payment_allocations) JOIN under USING (account_id, creditor_id)
    WHERE debt_kind_code IN ('principal', 'capital_repair')
      AND (paid_at AT TIME ZONE 'Europe/Moscow')::DATE > due_on AND (paid_at AT TIME ZONE 'Europe/Moscow')::DATE >= begun_on
),
after AS (
    SELECT any_value(paid.mandate_id) AS mandate_id, any_value(group_code) AS group_code, any_value(allocated_rub) AS rub,
           coalesce(arg_max(stage_code, (dispatched_on, rank)), 'none') AS stage_code,
           coalesce(any_value(paid_on) - max(dispatched_on) <= any_value(soon), FALSE) AS is_soon
    FROM paid LEFT JOIN told ON told.account_id = paid.account_id AND told.creditor_id = paid.creditor_id
     AND dispatched_on BETWEEN begun_on AND paid_on
    GROUP BY movement
),
figures(mandate_id, group_code, stage_code, measure, figure) AS (
    SELECT mandate_id, group_code, stage_code, 'accounts', count(DISTINCT account_id)::DECIMAL(18, 2)
    FROM stands JOIN under USING (account_id, creditor_id) GROUP BY ALL
    UNION ALL SELECT mandate_id, group_code, stage_code, 'total_rub', sum(total_rub)
    FROM stands JOIN under USING (account_id, creditor_id) GROUP BY ALL
    UNION ALL SELECT mandate_id, group_code, stage_code, 'claimed_rub', sum(claimed_rub)
    FROM stands JOIN under USING (account_id, creditor_id) GROUP BY ALL
    UNION ALL SELECT mandate_id, group_code, stage_code, 'sent', count(*)
    FROM told JOIN under USING (account_id, creditor_id) WHERE dispatched_on >= begun_on GROUP BY ALL
    UNION ALL SELECT mandate_id, group_code, stage_code, 'delivered', count(*)
    FROM told JOIN came USING (action_id) JOIN under USING (account_id, creditor_id) WHERE dispatched_on >= begun_on GROUP BY ALL
    UNION ALL SELECT mandate_id, group_code, stage_code, 'received_rub', sum(rub) FROM after GROUP BY ALL
    UNION ALL SELECT mandate_id, group_code, stage_code, 'paid_rub', sum(rub) FROM after WHERE is_soon GROUP BY ALL
    UNION ALL SELECT mandate_id, group_code, stage_code, unnest(['received_rub', 'paid_rub']),
        unnest([received_kop, paid_kop]) * 0.01
    FROM read_parquet($mandate_funnel_before)
    UNION ALL SELECT mandate_id, group_code, 'court_order', CASE event_code WHEN 'filed' THEN 'filed' ELSE 'granted' END,
        count(DISTINCT (account_id, court_case_id))
    FROM read_parquet($court_cases) JOIN under USING (account_id, creditor_id)
    JOIN read_parquet($court_events) AS happened USING (court_case_id) SEMI JOIN night ON event_on <= night.on
    WHERE event_code IN ('filed', 'ordered', 'decided') AND event_on >= begun_on GROUP BY ALL
),
expected AS (
    SELECT mandate_id, group_code, stage_code, measure, sum(figure) AS figure
    FROM figures SEMI JOIN running USING (mandate_id) GROUP BY ALL
),
published AS (
    UNPIVOT (
        SELECT mandate_id, group_code, stage_code, accounts::DECIMAL(18, 2) AS accounts, total_rub, claimed_rub,
               sent::DECIMAL(18, 2) AS sent, delivered::DECIMAL(18, 2) AS delivered, paid_rub, received_rub,
               filed::DECIMAL(18, 2) AS filed, granted::DECIMAL(18, 2) AS granted
        FROM read_parquet($mandate_funnel)
    ) ON COLUMNS(* EXCLUDE (mandate_id, group_code, stage_code)) INTO NAME measure VALUE figure
)
SELECT concat_ws(':', mandate_id, group_code, stage_code, measure) AS account_id,
       coalesce(published.figure, 0) - coalesce(expected.figure, 0) AS difference_rub
FROM published FULL JOIN expected USING (mandate_id, group_code, stage_code, measure)
WHERE coalesce(published.figure, 0) <> coalesce(expected.figure, 0)
ORDER BY account_id
