-- A bill of the month by the only meter of a service whose verification ended in an earlier month, for another volume than
-- is due, has a proposal (a meter removed since was the only one if nothing has taken its place); and that is volume due
-- × tariff + uplift due × tariff, each rounded once, less what was charged.
-- No proposal of an older month waits that an act says was verified to its last day; what has been billed of such a one is
-- given back to the kopeck.
WITH due AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone,
           CAST(sum(volume) * 10000000 AS HUGEINT) AS volume_e7, CAST(sum(uplift_volume) * 10000000 AS HUGEINT) AS uplift_e7,
           count(volume) = count(*) AS is_known
    FROM read_parquet($substitute_volumes)
    WHERE meter_status_code = 'verification_expired' AND status_since_on < charge_month GROUP BY ALL
),
expired AS (
    SELECT meter_id FROM read_parquet($substitute_volumes)
    WHERE meter_status_code = 'verification_expired' AND status_since_on < charge_month
),
lonely AS (
    SELECT account_id, contract_id, service_code FROM read_parquet($meters)
    WHERE account_id IN (SELECT account_id FROM due)
      AND (removed_on IS NULL OR meter_id IN (SELECT meter_id FROM expired)) GROUP BY ALL HAVING count(*) = 1
),
billed AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, CAST(sum(charged_kop) AS HUGEINT) AS charged_kop,
           max(tariff_e6) AS tariff_e6,
           bool_and(basis_code = 'meter') FILTER (charged_kop <> 0) AND bool_and(recalculated_kop = 0)
           AND count(DISTINCT tariff_e6) FILTER (tariff_e6 > 0) = 1 AS is_plain
    FROM read_parquet($charges)
    WHERE account_id IN (SELECT account_id FROM due)
      AND charge_month = $month::DATE AND batch_id IS NULL AND (charged_kop <> 0 OR recalculated_kop <> 0)
      AND document_id NOT IN (SELECT supersedes_document_id FROM read_parquet($billing_documents)
                              WHERE supersedes_document_id IS NOT NULL) GROUP BY ALL
),
expected AS (
    SELECT account_id, contract_id, service_code, zone, charged_kop,
           (2 * volume_e7 * tariff_e6 + 100000000000) // 200000000000
           + (2 * uplift_e7 * tariff_e6 + 100000000000) // 200000000000 AS again_kop
    FROM due JOIN lonely USING (account_id, contract_id, service_code) JOIN billed USING (account_id, contract_id, service_code, zone)
    WHERE is_known AND is_plain
),
made AS (
    SELECT *, coalesce(zone_code, '') AS zone FROM read_parquet($recalculations) AS now
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code = 'verification_lapse'
),
beside AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone FROM read_parquet($state_recalculations)
    WHERE list_contains(corrected_months, strftime($month::DATE, '%Y-%m'))
),
verified AS (
    SELECT account_id, 'lapse:' || meter_id || ':' AS prefix, effective_from, verified_until, event_id AS act_id
    FROM read_parquet($meter_acts_here) WHERE act_code = 'verified'
)
SELECT account_id, CAST(coalesce(made.difference_rub * 100, 0) - (again_kop - charged_kop) AS BIGINT) AS difference_kop
FROM expected LEFT JOIN made USING (account_id, contract_id, service_code, zone)
ANTI JOIN beside USING (account_id, contract_id, service_code, zone)
WHERE (again_kop <> charged_kop OR made.proposal_id IS NOT NULL)
  AND (CAST(made.reversed_rub * 100 AS HUGEINT) IS DISTINCT FROM charged_kop
       OR CAST(made.charged_again_rub * 100 AS HUGEINT) IS DISTINCT FROM again_kop)
UNION ALL
SELECT account_id, CAST(difference_rub * 100 AS BIGINT) FROM made
ANTI JOIN expected USING (account_id, contract_id, service_code, zone)
UNION ALL
SELECT now.account_id, CAST(now.difference_rub * 100 AS BIGINT) FROM read_parquet($recalculations) AS now
JOIN verified ON verified.account_id = now.account_id AND starts_with(now.event_id, prefix)
WHERE cause_code = 'verification_lapse' AND status_code IN ('proposed', 'waits_for_approval')
  AND last_day(charge_month) BETWEEN effective_from AND verified_until
UNION ALL
SELECT now.account_id, CAST((now.difference_rub + lapse.billed_rub) * 100 AS BIGINT)
FROM read_parquet($recalculations) AS now
ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
LEFT JOIN (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month,
           CAST(billed_kop AS DECIMAL(18, 2)) / 100 AS billed_rub, event_id
    FROM read_parquet($proposals_of_acts) WHERE cause_code = 'verification_lapse'
    UNION
    SELECT account_id, contract_id, service_code, coalesce(zone_code, ''), charge_month, billed_rub, event_id
    FROM read_parquet($recalculations) WHERE cause_code = 'verification_lapse'
) AS lapse ON lapse.account_id = now.account_id AND lapse.contract_id = now.contract_id
   AND lapse.service_code = now.service_code AND lapse.zone = coalesce(now.zone_code, '') AND lapse.charge_month = now.charge_month
   AND lapse.billed_rub = -now.difference_rub
LEFT JOIN verified ON verified.act_id = now.event_id AND starts_with(lapse.event_id, prefix)
   AND last_day(now.charge_month) BETWEEN effective_from AND verified_until
WHERE now.cause_code = 'verification_restored' AND verified.act_id IS NULL
ORDER BY account_id
