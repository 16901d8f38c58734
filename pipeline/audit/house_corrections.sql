-- What a house is corrected by, counted once more: its months × the tariffs of its lines, its flats' part by area, the
-- proposals of the run as the difference with what the lines billed; every part of a spread correction once, in its month.
WITH correction AS (
    SELECT *, (shared_rub * 100)::HUGEINT AS shared_kop, (due_rub * 100)::HUGEINT AS due_kop,
           (house_area_m2::DECIMAL(28, 7) * 10000000)::HUGEINT AS house_area_e7,
           (shared_area_m2::DECIMAL(28, 7) * 10000000)::HUGEINT AS shared_area_e7
    FROM read_parquet($house_corrections)
),
made AS (
    SELECT now.*, regexp_replace(event_id, ':[0-9]+/[0-9]+$', '') AS correction_id,
           CAST(regexp_extract(event_id, ':([0-9]+)/[0-9]+$', 1) AS INTEGER) AS number,
           CAST(regexp_extract(event_id, '/([0-9]+)$', 1) AS INTEGER) AS documents
    FROM read_parquet($recalculations) AS now ANTI JOIN read_parquet($state_recalculations) AS past USING (proposal_id)
    WHERE now.cause_code IN ('common_property', 'annual_heating', 'closed_account_credit')
),
proposed AS (
    SELECT correction_id, coalesce(sum(difference_rub) FILTER (cause_code <> 'closed_account_credit'), 0) AS rub,
           coalesce(sum(difference_rub) FILTER (cause_code = 'closed_account_credit'), 0) AS closed_rub
    FROM made GROUP BY ALL
),
contract AS (
    SELECT contract_id, any_value(house_id) AS house_id, any_value(service_code) AS service_code
    FROM read_parquet($service_contracts) GROUP BY contract_id
),
line AS (
    SELECT correction_id, account_id, line.charge_month, tariff_e6, charged_kop, charged_kop + recalculated_kop AS kop
    FROM read_parquet($lines_of_houses) AS line JOIN contract USING (contract_id)
    JOIN correction USING (house_id, service_code)
    WHERE line.charge_month BETWEEN from_month AND to_month AND line.batch_id IS NULL
),
tariff AS (
    SELECT correction_id, charge_month, max(tariff_e6) AS tariff_e6 FROM line WHERE charged_kop <> 0 GROUP BY ALL
),
-- where nobody is left out, all that the lines billed is shared
billed AS (SELECT correction_id, sum(kop) AS kop FROM line GROUP BY ALL),
month AS (
    SELECT correction.correction_id, tariff_e6::HUGEINT * CASE
               WHEN kind_code <> 'common_property' THEN house_volume_e7
               WHEN $is_net = 'true' THEN house_volume_e7 - flats_volume_e7
               ELSE greatest(house_volume_e7 - flats_volume_e7, 0) END AS product
    FROM correction JOIN read_parquet($balances_of_houses) AS balance
      ON balance.house_id = correction.house_id AND balance.charge_month BETWEEN from_month AND to_month
     AND balance.service_code = coalesce(
         (SELECT split_part(pair, ':', 1) FROM (SELECT unnest(string_split($common_services, ',')) AS pair)
          WHERE split_part(pair, ':', 2) = correction.service_code), correction.service_code)
    JOIN tariff ON tariff.correction_id = correction.correction_id AND tariff.charge_month = balance.charge_month
),
due AS (
    SELECT correction_id, greatest(0, sum(sign(product) * ((abs(product) * 2 + 100000000000) // 200000000000)))::HUGEINT AS kop
    FROM month GROUP BY ALL
)
SELECT correction.correction_id AS subject
FROM correction LEFT JOIN due USING (correction_id) LEFT JOIN proposed USING (correction_id)
LEFT JOIN billed USING (correction_id)
WHERE outcome_code = 'counted' AND (
    due_kop IS DISTINCT FROM due.kop
    OR abs(shared_kop * house_area_e7 - due_kop * shared_area_e7) * 2 > house_area_e7
    OR difference_rub <> shared_rub - billed_rub
    OR coalesce(proposed.rub, 0) + small_rub <> difference_rub OR coalesce(closed_rub, 0) <> closed_credit_rub
    -- each of these is under the smallest difference that is proposed
    OR abs(small_rub) > accounts * ($difference_min::DECIMAL(18, 2) - 0.01)
    OR (left_out_accounts = 0 AND billed_rub * 100 IS DISTINCT FROM billed.kop)
    OR shared_area_m2 > house_area_m2
)
UNION ALL
SELECT account_id FROM made LEFT JOIN correction USING (correction_id)
WHERE outcome_code IS DISTINCT FROM 'counted' OR made.difference_rub <> charged_again_rub - reversed_rub
   OR made.cause_code = 'closed_account_credit' AND (made.difference_rub >= 0 OR documents <> 1 OR status_code = 'billed')
   OR lands_in_month <> $lands_in::DATE + to_months(number - 1)
UNION ALL
SELECT any_value(account_id) FROM made GROUP BY correction_id, account_id, contract_id
HAVING count(*) <> max(documents) OR count(DISTINCT number) <> max(documents)
ORDER BY subject
