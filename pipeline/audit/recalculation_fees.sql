-- What applications, acts and changes of owner take off: a new proposal takes something off and leaves no line below zero; of a line and
-- month, all of them not turned down take off no more than it was billed for. True-ups and charges for tampering are not
-- weighed against them; what was billed of true-ups and of months rated anew counts as far as it adds, for the month that its line names and for the
-- one it was proposed for: a bound, never a false alarm.
WITH applied AS (
    SELECT * FROM read_parquet($recalculations)
    WHERE cause_code IN ('absence', 'bad_quality', 'housing_days') OR (cause_code IN ('change_of_owner', 'benefit', 'advance_discount') AND difference_rub < 0)
),
made AS (SELECT * FROM applied ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)),
places AS (
    SELECT DISTINCT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month FROM made
),
lines AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, batch_id, charged_kop, payable_kop
    FROM (SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, charged_kop, payable_kop
          FROM read_parquet($lines_of_applications)
          UNION ALL
          SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, charged_kop, payable_kop
          FROM read_parquet($charges) WHERE account_id IN (SELECT account_id FROM places)
          UNION ALL
          -- billed in an earlier cycle and held until the money for the advance discount came
          SELECT account_id, contract_id, service_code, zone_code, charge_month, '', NULL, fee_kop, fee_kop
          FROM read_parquet($advance_schedule_before) WHERE status_code = 'held')
    WHERE document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
billed AS (
    SELECT places.*, coalesce(sum(payable_kop), 0) AS fee_kop
    FROM places LEFT JOIN (FROM lines WHERE batch_id IS NULL) USING (account_id, contract_id, service_code, zone, charge_month)
    GROUP BY ALL
),
trued_up AS (
    SELECT account_id, contract_id, service_code, charge_month, sum(kop) AS added_kop
    FROM (SELECT account_id, contract_id, service_code, charge_month, greatest(charged_kop, payable_kop, 0) AS kop
          FROM lines WHERE list_contains(string_split($fee_causes, ','), split_part(batch_id, ':', 2))
          UNION ALL
          SELECT account_id, contract_id, service_code, charge_month, greatest(CAST(billed_rub * 100 AS BIGINT), 0)
          FROM read_parquet($recalculations) WHERE list_contains(string_split($fee_causes, ','), cause_code)
          UNION ALL
          SELECT account_id, contract_id, service_code, charge_month, greatest(billed_kop, 0)
          FROM read_parquet($proposals_of_applications) WHERE list_contains(string_split($fee_causes, ','), cause_code))
    GROUP BY ALL
),
-- what all applications and acts that stand may take off these lines and months
changes AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month,
           sum(CAST(least(billed_rub, difference_rub) * 100 AS HUGEINT)) AS changed_kop
    FROM (FROM read_parquet($recalculations)
          UNION ALL BY NAME
          SELECT before.* FROM read_parquet($state_recalculations) AS before
          ANTI JOIN read_parquet($recalculations) AS now USING (proposal_id))
    WHERE status_code NOT IN ('rejected', 'settled_by_biller') AND difference_rub < 0
      AND cause_code IN ('absence', 'bad_quality', 'housing_days', 'change_of_owner', 'benefit', 'advance_discount')
    GROUP BY ALL
)
SELECT account_id, CAST(fee_kop + coalesce(added_kop, 0) + changed_kop AS BIGINT) AS difference_kop
FROM billed JOIN changes USING (account_id, contract_id, service_code, zone, charge_month)
LEFT JOIN trued_up USING (account_id, contract_id, service_code, charge_month)
WHERE fee_kop + coalesce(added_kop, 0) + changed_kop < 0
UNION ALL
SELECT account_id, 0 FROM made
WHERE difference_rub >= 0 OR charged_again_rub < 0 OR difference_rub <> charged_again_rub - reversed_rub
ORDER BY account_id
