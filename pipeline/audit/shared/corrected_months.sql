-- months whose fee a billed proposal changed: the one its line names and the one it was proposed for
corrected AS (
    SELECT account_id, contract_id, service_code, charge_month FROM lines
    WHERE list_contains(string_split($fee_causes, ','), split_part(batch_id, ':', 2))
    UNION
    SELECT account_id, contract_id, service_code, charge_month FROM read_parquet($recalculations)
    WHERE list_contains(string_split($fee_causes, ','), cause_code) AND billed_rub IS NOT NULL
    UNION
    SELECT account_id, contract_id, service_code, charge_month FROM read_parquet($proposals_of_applications)
    WHERE list_contains(string_split($fee_causes, ','), cause_code) AND billed_kop IS NOT NULL
),
