-- Every case of the register stands in the table once: what the ledger holds open for its months, what its acts name less
-- what was collected since, and for penalties and duty what was filed, granted, received and is left, told from the events and
-- from what documents' own lines have taken since the filing: nothing before the last filing
-- counts, it is of another claim. Of several accounts under one id the one told last stands.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
-- a person has said that these collected costs count as principal
seen AS (
    SELECT subject_id AS court_case_id, arg_max(amount_kop, (registered_at, event_id)) AS kop FROM read_parquet($debt_decisions)
    WHERE subject_code = 'costs_on_principal' GROUP BY ALL
    HAVING arg_max(decision_code, (registered_at, event_id)) = 'take_back'
),
cases AS (
    SELECT court_case_id, arg_max({'account_id': account_id, 'creditor_id': creditor_id, 'from_month': from_month, 'to_month': to_month}, (registered_at, event_id)) AS told,
           count(DISTINCT account_id) > 1 AS is_shared
    FROM read_parquet($court_cases) GROUP BY ALL
),
known AS (
    SELECT *, event_code IN ('filed', 'ordered', 'cancelled', 'decided') AS is_act,
           event_code IN ('filed', 'ordered', 'decided', 'reduced') AS is_sum,
           {'event_on': event_on, 'registered_at': registered_at, 'event_id': event_id} AS moment,
           -- a reduction knows what was paid by its day, an act of the court does not
           event_on + (event_code = 'reduced')::INTEGER AS since,
           {'code': event_code, 'principal': principal_kop, 'penalty': penalty_kop, 'duty': duty_kop} AS said
    FROM read_parquet($court_events), night WHERE event_on <= night.on
    QUALIFY event_on >= coalesce(max(event_on) FILTER (event_code = 'filed') OVER (PARTITION BY court_case_id), event_on)
),
collecting AS (
    SELECT DISTINCT court_case_id, told.account_id AS account_id, payment_id
    FROM known JOIN cases USING (court_case_id) WHERE event_code = 'enforced' AND payment_id IS NOT NULL
),
named AS (
    SELECT court_case_id, min(event_on) FILTER (is_act) AS since_on,
           max(event_on) FILTER (event_code = 'waived') AS waived_on,
           arg_max(said, moment) FILTER (is_act) AS act, arg_max(said, moment) FILTER (event_code = 'filed') AS filing,
           coalesce(arg_max(penalty_kop, moment) FILTER (is_sum AND event_code <> 'reduced' AND penalty_kop IS NOT NULL),
                    arg_max(penalty_kop, moment) FILTER (is_sum AND penalty_kop IS NOT NULL), 0) AS penalty,
           coalesce(arg_max(duty_kop, moment) FILTER (is_sum AND event_code <> 'reduced' AND duty_kop IS NOT NULL),
                    arg_max(duty_kop, moment) FILTER (is_sum AND duty_kop IS NOT NULL), 0) AS duty,
           coalesce(max(penalty_kop) FILTER (is_sum), 0) > 0 AS has_penalty, coalesce(max(duty_kop) FILTER (is_sum), 0) > 0 AS has_duty,
           coalesce(sum(principal_kop) FILTER (event_code = 'enforced'), 0) AS principal_in,
           coalesce(sum(penalty_kop) FILTER (event_code = 'enforced'), 0) AS penalty_in,
           coalesce(sum(duty_kop) FILTER (event_code = 'enforced'), 0) AS duty_in,
           coalesce(sum(penalty_kop) FILTER (event_code = 'received'), 0) AS penalty_besides,
           coalesce(sum(duty_kop) FILTER (event_code = 'received'), 0) AS duty_besides
    FROM known GROUP BY ALL
),
every_moved AS (
    SELECT account_id, creditor_id, debt_kind_code, payment_id, billing_month, (paid_at AT TIME ZONE 'Europe/Moscow')::DATE AS paid_on,
           (allocated_rub * 100)::BIGINT AS kop
    FROM read_parquet($payment_allocations) WHERE account_id IN (SELECT told.account_id FROM cases)
    UNION ALL
    SELECT account_id, creditor_id, debt_kind_code, payment_id, billing_month, (paid_at AT TIME ZONE 'Europe/Moscow')::DATE, allocated_kop
    FROM read_parquet($costs_paid_before)
),
moved AS (FROM every_moved WHERE debt_kind_code IN ('penalty', 'court_cost')),
-- what collecting payments paid of the case's months beyond the principal told with them
beyond AS (
    SELECT court_case_id, sum(kop) - any_value(in_told) AS kop
    FROM cases JOIN collecting USING (court_case_id)
    JOIN (SELECT court_case_id, coalesce(sum(principal_kop), 0) AS in_told FROM known
          WHERE event_code = 'enforced' AND payment_id IS NOT NULL GROUP BY ALL) USING (court_case_id)
    JOIN every_moved AS laid ON laid.account_id = told.account_id AND laid.creditor_id = told.creditor_id
     AND laid.payment_id = collecting.payment_id AND billing_month BETWEEN told.from_month AND told.to_month
    WHERE debt_kind_code IN ('principal', 'capital_repair') GROUP BY court_case_id
),
met AS (
    SELECT court_case_id, CASE debt_kind_code WHEN 'penalty' THEN 'penalty' ELSE 'duty' END AS kind, paid_on, kop, since_on,
           collecting.payment_id IS NOT NULL AS is_own
    FROM cases JOIN named USING (court_case_id)
    JOIN moved ON moved.account_id = told.account_id AND moved.creditor_id = told.creditor_id
    LEFT JOIN collecting USING (court_case_id, payment_id)
),
laid AS (
    SELECT court_case_id, coalesce(sum(kop) FILTER (is_own), 0) AS placed,
           greatest(coalesce(sum(kop) FILTER (NOT is_own AND paid_on >= since_on AND kind = 'penalty'), 0), 0) AS penalty,
           greatest(coalesce(sum(kop) FILTER (NOT is_own AND paid_on >= since_on AND kind = 'duty'), 0), 0) AS duty
    FROM met GROUP BY ALL
),
sums AS (
    SELECT court_case_id, event_code, is_sum, moment, since, event_on, unnest(['principal', 'penalty', 'duty']) AS kind,
           unnest([principal_kop, penalty_kop, duty_kop]) AS kop
    FROM known
),
acts AS (SELECT * FROM sums WHERE is_sum AND kop IS NOT NULL),
-- of every act's sum what is left: of what its holder may collect, and of what is still to be received in any way
after_act AS (
    SELECT acts.court_case_id, acts.kind, acts.moment, any_value(acts.kop) AS base,
           coalesce(sum(got.kop) FILTER (got.event_code = 'enforced'), 0) AS collected, coalesce(sum(got.kop), 0) AS received
    FROM acts LEFT JOIN sums AS got
      ON got.court_case_id = acts.court_case_id AND got.kind = acts.kind AND got.event_on >= acts.since
     AND got.event_code IN ('enforced', 'received')
    GROUP BY ALL
),
laid_after_act AS (
    SELECT acts.court_case_id, acts.kind, acts.moment, greatest(sum(met.kop), 0) AS laid
    FROM acts JOIN met ON met.court_case_id = acts.court_case_id AND met.kind = acts.kind AND paid_on >= acts.since AND NOT is_own
    GROUP BY ALL
),
told_sums AS (
    SELECT court_case_id, kind, greatest(arg_max(base - collected, moment), 0) AS held,
           greatest(least(held, min(base - received - coalesce(laid, 0))), 0) AS rest
    FROM after_act LEFT JOIN laid_after_act USING (court_case_id, kind, moment) GROUP BY court_case_id, kind
),
lying AS (
    SELECT court_case_id, (sum(amount_rub) * 100)::BIGINT AS kop
    FROM collecting JOIN read_parquet($advances) AS advance USING (account_id, payment_id) GROUP BY ALL
),
owed AS (
    SELECT court_case_id, sum(outstanding_rub) AS rub
    FROM cases JOIN read_parquet($open_items) AS item
      ON item.account_id = told.account_id AND item.creditor_id = told.creditor_id
     AND item.billing_month BETWEEN told.from_month AND told.to_month
    WHERE debt_kind_code IN ('principal', 'capital_repair')
    GROUP BY ALL
),
expected AS (
    SELECT court_case_id, told, is_shared, coalesce(owed.rub, 0) AS open_rub, coalesce(principal_in, 0) AS enforced,
           claim.held AS claimed, coalesce(fine.rest, 0) AS penalty_rest, coalesce(fee.rest, 0) AS duty_rest, filing, CASE WHEN act.code IN ('ordered', 'decided') THEN act END AS granted,
           waived_on,
           coalesce(penalty_in + penalty_besides, 0) + CASE WHEN has_penalty THEN coalesce(laid.penalty, 0) ELSE 0 END AS penalty_got,
           coalesce(duty_in + duty_besides, 0) + CASE WHEN has_duty THEN coalesce(laid.duty, 0) ELSE 0 END AS duty_got,
           greatest(coalesce(lying.kop, 0) - greatest(coalesce(least(penalty_in, named.penalty) + least(duty_in, named.duty), 0) - coalesce(placed, 0), 0), 0) AS double,
           greatest(least(coalesce(beyond.kop, 0), coalesce(least(penalty_in, named.penalty) + least(duty_in, named.duty), 0) - coalesce(placed, 0)), 0) AS on_principal
    FROM cases LEFT JOIN named USING (court_case_id) LEFT JOIN laid USING (court_case_id)
    LEFT JOIN owed USING (court_case_id) LEFT JOIN lying USING (court_case_id) LEFT JOIN beyond USING (court_case_id)
    LEFT JOIN (FROM told_sums WHERE kind = 'principal') AS claim USING (court_case_id)
    LEFT JOIN (FROM told_sums WHERE kind = 'penalty') AS fine USING (court_case_id)
    LEFT JOIN (FROM told_sums WHERE kind = 'duty') AS fee USING (court_case_id)
)
SELECT coalesce(standing.account_id, told.account_id) AS account_id,
       coalesce(standing.open_rub, 0) - coalesce(expected.open_rub, 0) AS difference_rub
FROM expected FULL JOIN read_parquet($court_standing) AS standing USING (court_case_id)
LEFT JOIN seen USING (court_case_id)
WHERE standing.court_case_id IS NULL OR told IS NULL OR standing.open_rub <> expected.open_rub
   OR standing.enforced_rub * 100 <> enforced OR standing.claimed_rub * 100 IS DISTINCT FROM claimed
   OR filed_principal_rub * 100 IS DISTINCT FROM filing.principal OR filed_penalty_rub * 100 IS DISTINCT FROM filing.penalty
   OR filed_duty_rub * 100 IS DISTINCT FROM filing.duty OR granted_principal_rub * 100 IS DISTINCT FROM granted.principal
   OR granted_penalty_rub * 100 IS DISTINCT FROM granted.penalty OR granted_duty_rub * 100 IS DISTINCT FROM granted.duty
   OR standing.waived_on IS DISTINCT FROM expected.waived_on
   OR received_penalty_rub * 100 <> penalty_got OR received_duty_rub * 100 <> duty_got
   OR penalty_left_rub * 100 <> CASE WHEN expected.waived_on IS NULL THEN penalty_rest ELSE 0 END
   OR duty_left_rub * 100 <> CASE WHEN expected.waived_on IS NULL THEN duty_rest ELSE 0 END
   OR double_rub * 100 <> double OR list_contains(blocked_by, 'several_accounts') <> is_shared
   OR on_principal_rub * 100 <> on_principal
   OR list_contains(blocked_by, 'costs_on_principal') <> (on_principal > 0 AND seen.kop IS DISTINCT FROM on_principal AND next_action_code IN ('reduce', 'withdraw', 'recall'))
ORDER BY account_id
