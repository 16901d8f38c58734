-- Every batch stands where its lines stand: what this cycle answers, and what was finished before, add up by outcome to what
-- was proposed.
WITH lines AS (
    SELECT batch_id, outcome_code, count(*) AS answers, sum(proposed_rub) AS proposed_rub, sum(billed_rub) AS billed_rub
    FROM read_parquet($acceptance_lines) GROUP BY ALL
    UNION ALL
    SELECT batch_id, outcome, answers, kop * 0.01, NULL FROM (
        SELECT batch_id, unnest(['accepted', 'settled', 'refused', 'for_refunds']) AS outcome,
               unnest([accepted, settled, refused, for_refunds]) AS answers,
               unnest([accepted_kop, settled_kop, refused_kop, for_refunds_kop]) AS kop
        FROM read_parquet($batches_before)
        WHERE batch_id IN (SELECT batch_id FROM read_parquet($acceptance_lines)))
),
expected AS (
    SELECT batch_id, outcome_code, sum(answers) AS answers,
           sum(CASE outcome_code WHEN 'unmet' THEN billed_rub ELSE proposed_rub END)::DECIMAL(18, 2) AS rub
    FROM lines GROUP BY batch_id, outcome_code
    UNION ALL
    SELECT batch_id, 'mismatched_billed', NULL, sum(billed_rub)::DECIMAL(18, 2)
    FROM lines WHERE outcome_code = 'mismatched' GROUP BY batch_id
    UNION ALL
    SELECT batch_id, 'proposed', sum(answers), sum(proposed_rub)::DECIMAL(18, 2)
    FROM lines WHERE outcome_code <> 'unmet' GROUP BY batch_id
),
told AS (
    SELECT batch_id, unnest(['proposed', 'accepted', 'settled', 'mismatched', 'open', 'waiting', 'refused', 'for_refunds',
                             'unmet',
                             'mismatched_billed']) AS outcome_code,
           unnest([proposals, accepted, settled, mismatched, open, waiting, refused, for_refunds, unmet, NULL]) AS answers,
           unnest([proposed_rub, accepted_rub, settled_rub, mismatched_rub, open_rub, waiting_rub, refused_rub,
                   for_refunds_rub, unmet_rub,
                   mismatched_billed_rub]) AS rub
    FROM read_parquet($batch_acceptance)
)
SELECT batch_id || ' ' || outcome_code AS subject, coalesce(told.rub, 0) - coalesce(expected.rub, 0) AS difference_rub
FROM expected FULL JOIN told USING (batch_id, outcome_code)
WHERE coalesce(told.answers, 0) <> coalesce(expected.answers, 0) OR coalesce(told.rub, 0) <> coalesce(expected.rub, 0)
ORDER BY 1
