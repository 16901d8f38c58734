-- New proposals of a house, creditor or cause whose total, upwards or downwards, is out of its share of what the cycle bills
-- all wait, and none names such a total that is within it; what moves between accounts is taken with its sign; what no
-- register of contracts places is a slice of its own. Few causes are limited so: only theirs are looked at.
WITH contracts AS (
    SELECT contract_id, any_value(house_id) AS house_id, any_value(creditor_id) AS creditor_id
    FROM read_parquet($service_contracts) GROUP BY contract_id
),
limited AS (
    SELECT proposal_id, account_id, cause_code, waiting_reason_code, difference_rub, contract_id FROM read_parquet($recalculations)
    WHERE NOT list_contains(string_split($exempt_causes, ','), cause_code)
),
made AS (
    SELECT limited.*, coalesce(house_id, '') AS house_id, coalesce(creditor_id, '') AS creditor_id
    FROM limited LEFT JOIN contracts USING (contract_id)
    WHERE proposal_id NOT IN (
        SELECT proposal_id FROM read_parquet($state_recalculations)
        WHERE NOT list_contains(string_split($exempt_causes, ','), cause_code))
),
billed AS (
    SELECT coalesce(house_id, '') AS house_id, coalesce(creditor_id, '') AS creditor_id, sum(CAST(payable_kop AS DECIMAL(38, 0))) / 100 AS billed_rub
    FROM (SELECT contract_id, sum(payable_kop) AS payable_kop FROM read_parquet($charges)
          WHERE EXISTS (SELECT 1 FROM made) AND document_id NOT IN (
              SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
          GROUP BY contract_id)
    LEFT JOIN contracts USING (contract_id) GROUP BY ALL
),
sums AS (
    SELECT house_id, creditor_id, cause_code, sum(difference_rub) FILTER (NOT is_halved AND difference_rub > 0) AS added_rub,
           sum(difference_rub) FILTER (NOT is_halved AND difference_rub < 0) AS taken_rub,
           sum(difference_rub) FILTER (is_halved) AS moved_rub
    FROM (SELECT *, cause_code IN ('change_of_owner', 'capital_repair_debt') AS is_halved FROM made)
    GROUP BY ALL
),
slices AS (
    SELECT 'house_total' AS reason, house_id AS slice,
           greatest(coalesce(sum(added_rub), 0) + greatest(coalesce(sum(moved_rub), 0), 0),
                    -coalesce(sum(taken_rub), 0) - least(coalesce(sum(moved_rub), 0), 0)) AS total_rub,
           coalesce((SELECT sum(billed_rub) FROM billed WHERE billed.house_id = sums.house_id), 0)
               * CAST($house_percent AS DECIMAL(9, 4)) AS most_percent_rub
    FROM sums GROUP BY house_id
    UNION ALL
    SELECT 'creditor_total', creditor_id,
           greatest(coalesce(sum(added_rub), 0) + greatest(coalesce(sum(moved_rub), 0), 0),
                    -coalesce(sum(taken_rub), 0) - least(coalesce(sum(moved_rub), 0), 0)),
           coalesce((SELECT sum(billed_rub) FROM billed WHERE billed.creditor_id = sums.creditor_id), 0)
               * CAST($creditor_percent AS DECIMAL(9, 4))
    FROM sums GROUP BY creditor_id
    UNION ALL
    SELECT 'cause_total', cause_code,
           greatest(coalesce(sum(added_rub), 0) + greatest(coalesce(sum(moved_rub), 0), 0),
                    -coalesce(sum(taken_rub), 0) - least(coalesce(sum(moved_rub), 0), 0)),
           coalesce((SELECT sum(billed_rub) FROM billed), 0) * CAST($cause_percent AS DECIMAL(9, 4))
    FROM sums GROUP BY cause_code
),
out AS (
    SELECT reason, slice FROM slices
    WHERE total_rub > CAST($floor_rub AS DECIMAL(18, 2)) AND total_rub * 100 > most_percent_rub
),
told AS (
    SELECT account_id, waiting_reason_code,
           ('house_total', house_id) IN (SELECT (reason, slice) FROM out) AS is_house,
           ('creditor_total', creditor_id) IN (SELECT (reason, slice) FROM out) AS is_creditor,
           ('cause_total', cause_code) IN (SELECT (reason, slice) FROM out) AS is_cause
    FROM made
)
SELECT account_id FROM told
WHERE (waiting_reason_code IS NULL AND (is_house OR is_creditor OR is_cause))
   OR (waiting_reason_code = 'house_total' AND NOT is_house)
   OR (waiting_reason_code = 'creditor_total' AND NOT is_creditor)
   OR (waiting_reason_code = 'cause_total' AND NOT is_cause)
ORDER BY account_id
