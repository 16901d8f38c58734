-- The advance discount of the cycle counted anew, line by line of the bills: every fixed line of a running term has its
-- discount, fee × per cent rounded once (less only where nothing of the fee is left), and nothing else has; what ended by what claws
-- back is charged again, as much as the schedule of before says it had, and nothing more.
WITH
-- shared: kinds_of_services
-- shared: joined_contracts
terms AS (
    SELECT account_id, event_id, status_code, end_reason_code, is_clawed_back, from_month, to_month, months,
           CAST(percent * 10000000 AS HUGEINT) AS percent_e7
    FROM read_parquet($advance_terms)
),
billed AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month,
           sum(CAST(payable_kop AS HUGEINT)) AS fee_kop
    FROM read_parquet($charges) SEMI JOIN terms USING (account_id) JOIN kinds USING (service_code)
    WHERE batch_id IS NULL AND document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
      AND list_contains(string_split($fixed_kinds, ','), kind) AND contract_id IN (FROM joined)
    GROUP BY ALL
    HAVING sum(payable_kop) > 0 AND count(DISTINCT basis_code) FILTER (charged_kop <> 0) = 1
       AND list_contains(string_split($fixed_bases, ','), min(basis_code) FILTER (charged_kop <> 0))
),
before AS (
    SELECT account_id, event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, status_code, fee_kop,
           discount_kop
    FROM read_parquet($advance_schedule_before)
),
schedule AS (
    SELECT account_id, event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, status_code,
           CAST(discount_rub * 100 AS HUGEINT) AS discount_kop
    FROM read_parquet($advance_schedule)
),
-- fees that this cycle gives a discount on: its own bills, and those held until the money came
due AS (
    SELECT terms.account_id, terms.event_id, fees.contract_id, fees.service_code, fees.zone, fees.charge_month,
           (2 * fees.fee_kop * percent_e7 + 1000000000) // 2000000000 AS discount_kop
    FROM terms JOIN (SELECT account_id, contract_id, service_code, zone, charge_month, fee_kop, NULL AS event_id FROM billed
                     UNION ALL
                     SELECT account_id, contract_id, service_code, zone, charge_month, fee_kop, event_id FROM before
                     WHERE status_code = 'held') AS fees
      ON fees.account_id = terms.account_id AND coalesce(fees.event_id, terms.event_id) = terms.event_id
    WHERE terms.status_code = 'running' AND fees.charge_month BETWEEN from_month AND least(to_month, CAST($month AS DATE))
),
unmade AS (
    SELECT due.* FROM due ANTI JOIN (FROM before WHERE status_code NOT IN ('planned', 'held')) AS done
      USING (account_id, event_id, contract_id, service_code, zone, charge_month)
    WHERE discount_kop > 0
),
made AS (
    SELECT account_id, event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, cause_code,
           charged_again_rub, CAST(difference_rub * 100 AS HUGEINT) AS difference_kop
    FROM read_parquet($recalculations) ANTI JOIN read_parquet($state_recalculations) AS older USING (proposal_id)
    WHERE cause_code IN ('advance_discount', 'advance_ended')
),
rejected AS (
    SELECT account_id, event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month
    FROM read_parquet($state_recalculations) WHERE cause_code = 'advance_discount' AND status_code = 'rejected'
),
back AS (
    SELECT before.* FROM before JOIN terms USING (account_id, event_id)
    ANTI JOIN rejected USING (account_id, event_id, contract_id, service_code, zone, charge_month)
    WHERE is_clawed_back AND before.status_code = 'given' AND before.discount_kop > 0
)
SELECT account_id, CAST(coalesce(made.difference_kop, 0) + coalesce(unmade.discount_kop, 0) AS BIGINT) AS difference_kop
FROM (FROM made WHERE cause_code = 'advance_discount') AS made
FULL JOIN unmade USING (account_id, event_id, contract_id, service_code, zone, charge_month)
LEFT JOIN schedule USING (account_id, event_id, contract_id, service_code, zone, charge_month)
WHERE made.difference_kop IS DISTINCT FROM -unmade.discount_kop AND NOT coalesce(
        -- nothing of the fee was left
        made.difference_kop > -unmade.discount_kop AND made.charged_again_rub = 0, FALSE)
      AND NOT (made.difference_kop IS NULL AND schedule.status_code IS NOT DISTINCT FROM 'nothing_billed')
   OR schedule.status_code IS NULL
   OR (made.difference_kop IS NOT NULL
       AND (schedule.status_code <> 'given' OR schedule.discount_kop IS DISTINCT FROM -made.difference_kop))
UNION ALL
SELECT account_id, CAST(coalesce(made.difference_kop, 0) - coalesce(back.discount_kop, 0) AS BIGINT)
FROM (FROM made WHERE cause_code = 'advance_ended') AS made
FULL JOIN back USING (account_id, event_id, contract_id, service_code, zone, charge_month)
WHERE made.difference_kop IS DISTINCT FROM back.discount_kop
ORDER BY account_id
