-- What belongs to whom, counted anew: of each fee the former owner has his days up to the registration of the confirmed
-- change, or the volume up to the closing reading, rounded once; the new owner has the rest. A proposal moves that rest, or
-- what of the fee is left, and names its change. Of months whose fee a billed true-up or another change has touched it is not
-- asked whether the fee is what the biller's own lines say.
WITH changes AS (
    SELECT event_id, account_id, new_account_id, effective_from FROM read_parquet($ownership_transfers)
    WHERE status_code = 'confirmed'
),
told AS (
    SELECT share.account_id, share.event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, split_code,
           share.new_account_id, former_days, CAST(CAST(former_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS former_e7,
           CAST(CAST(month_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) AS month_e7, CAST(fee_rub * 100 AS HUGEINT) AS fee_kop,
           CAST(former_rub * 100 AS HUGEINT) AS former_kop, CAST(new_rub * 100 AS HUGEINT) AS new_kop,
           CASE WHEN charge_month = date_trunc('month', effective_from) THEN day(effective_from) - $new_day ELSE 0 END AS days,
           day(last_day(charge_month)) AS month_days, changes.event_id IS NOT NULL AND charge_month >= date_trunc('month', changes.effective_from) AS is_due
    FROM read_parquet($owner_shares) AS share LEFT JOIN changes USING (event_id, account_id, new_account_id, effective_from)
),
lines AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, batch_id, payable_kop
    FROM (SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, payable_kop
          FROM read_parquet($lines_of_applications)
          UNION ALL
          SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, payable_kop
          FROM read_parquet($charges) WHERE account_id IN (SELECT account_id FROM told))
    WHERE document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
billed AS (
    SELECT account_id, contract_id, service_code, zone, charge_month, sum(CAST(payable_kop AS HUGEINT)) AS billed_kop
    FROM lines WHERE batch_id IS NULL GROUP BY ALL
),
-- shared: corrected_months
made AS (
    SELECT account_id, event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, cause_code,
           charged_again_rub, CAST(difference_rub * 100 AS HUGEINT) AS difference_kop
    FROM read_parquet($recalculations) ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('change_of_owner', 'capital_repair_debt')
)
SELECT account_id, CAST(former_kop AS BIGINT) AS difference_kop
FROM told LEFT JOIN billed USING (account_id, contract_id, service_code, zone, charge_month)
LEFT JOIN corrected USING (account_id, contract_id, service_code, charge_month)
WHERE NOT is_due OR (corrected.account_id IS NULL AND billed_kop IS DISTINCT FROM fee_kop)
   OR former_days <> days OR former_kop + new_kop <> fee_kop
   OR former_kop <> CASE WHEN month_e7 IS NULL THEN (2 * fee_kop * days + month_days) // (2 * month_days)
                         ELSE (2 * fee_kop * former_e7 + month_e7) // (2 * month_e7) END
   OR (split_code = 'closing_reading') <> (month_e7 IS NOT NULL AND days > 0)
UNION ALL
SELECT made.account_id, CAST(difference_kop AS BIGINT)
FROM made LEFT JOIN told USING (event_id, account_id, contract_id, service_code, zone, charge_month)
WHERE cause_code = 'change_of_owner' AND difference_kop < 0
  AND (new_kop IS NULL OR told.new_account_id = made.account_id OR difference_kop < -new_kop
       OR (difference_kop > -new_kop AND charged_again_rub > 0))
UNION ALL
SELECT account_id, CAST(difference_kop AS BIGINT) FROM made
WHERE (event_id, account_id, difference_kop < 0) NOT IN (
    SELECT (event_id, account_id, true) FROM changes UNION ALL SELECT (event_id, new_account_id, false) FROM changes)
ORDER BY account_id
