-- Every new proposal that rates a billed month anew: reversed is what its lines charged and earlier proposals changed, summed
-- anew; charged again, of the plain formulas and day by day, is volume × tariff, persons × norm × tariff or area (× norm) ×
-- tariff by the registers as known now, rounded once a stretch of equal days. A reduction may stop where nothing of the fee
-- is left. `*_kept`: rows that a register no longer tells and nothing replaces.
WITH made AS (
    SELECT proposal_id, account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month,
           CAST(reversed_rub * 100 AS BIGINT) AS reversed_kop, CAST(charged_again_rub * 100 AS BIGINT) AS again_kop,
           CAST(difference_rub * 100 AS BIGINT) AS difference_kop
    FROM read_parquet($recalculations) ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('changed_persons', 'corrected_area', 'corrected_norm', 'corrected_tariff')
),
lines AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, basis_code, volume_e7, charged_kop
    FROM (SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, basis_code, volume_e7,
                 charged_kop, recalculated_kop FROM read_parquet($lines_of_registers)
          UNION ALL
          SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, basis_code, volume_e7,
                 charged_kop, recalculated_kop FROM read_parquet($charges) SEMI JOIN made USING (account_id))
    WHERE batch_id IS NULL AND (charged_kop <> 0 OR recalculated_kop = 0) AND document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
billed AS (
    SELECT made.proposal_id, count(*) AS lines, sum(lines.charged_kop) AS charged_kop, any_value(basis_code) AS basis_code,
           sum(volume_e7) AS volume_e7
    FROM made JOIN lines USING (account_id, contract_id, service_code, zone, charge_month) GROUP BY ALL
),
-- what stands beside, of older months and of this run
beside AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, cause_code, status_code,
           covered_months, difference_kop, volume_difference_e7
    FROM read_parquet($proposals_of_registers) SEMI JOIN made USING (account_id)
    WHERE proposal_id NOT IN (SELECT proposal_id FROM read_parquet($recalculations) SEMI JOIN made USING (account_id))
    UNION ALL
    SELECT account_id, contract_id, service_code, coalesce(zone_code, ''), charge_month, cause_code, status_code, covered_months,
           CAST(difference_rub * 100 AS BIGINT), CAST(CAST(volume_difference AS DECIMAL(38, 7)) * 10000000 AS BIGINT)
    FROM read_parquet($recalculations) SEMI JOIN made USING (account_id) WHERE proposal_id NOT IN (SELECT proposal_id FROM made)
),
changed AS (
    SELECT made.proposal_id,
           coalesce(sum(beside.difference_kop) FILTER (
               cause_code IN ('changed_persons', 'corrected_area', 'corrected_norm', 'corrected_tariff')), 0) AS rerated_kop,
           coalesce(sum(beside.difference_kop) FILTER (is_true_up), 0) AS true_up_kop,
           coalesce(sum(volume_difference_e7) FILTER (is_true_up), 0) AS true_up_e7,
           count(*) FILTER (cause_code IN ('absence', 'bad_quality', 'housing_days')) > 0 AS is_reduced
    FROM made JOIN (
        SELECT *, cause_code LIKE 'true\_up\_%' ESCAPE '\' AND covered_months = 1 AND status_code <> 'settled_by_biller'
               AS is_true_up FROM beside WHERE status_code <> 'rejected'
    ) AS beside USING (account_id, contract_id, service_code, zone, charge_month)
    GROUP BY ALL
),
kinds AS (SELECT service_code, coalesce(kind_code, service_code) AS kind FROM read_parquet($services)),
alone AS (SELECT premises_id FROM read_parquet($accounts) GROUP BY ALL HAVING count(*) = 1),
plain AS (
    SELECT made.*, kind, basis_code, volume_e7 + coalesce(true_up_e7, 0) AS volume_e7, account.premises_id, account.house_id,
           house.territory_code, day(last_day(charge_month)) AS month_days,
           CASE WHEN kind = 'heating' THEN coalesce(flat.heated_area_m2_e7, flat.area_m2_e7) ELSE flat.area_m2_e7 END AS area_e7,
           CASE WHEN basis_code IN ('norm', 'person') THEN 'person' WHEN kind IN ('waste', 'heating') AND basis_code = 'area' THEN 'm2' END AS per
    FROM made JOIN billed USING (proposal_id) LEFT JOIN changed USING (proposal_id) JOIN kinds USING (service_code)
    JOIN read_parquet($accounts) AS account USING (account_id) JOIN alone USING (premises_id)
    JOIN read_parquet($houses) AS house ON house.house_id = account.house_id
    JOIN read_parquet($service_contracts) AS contract ON contract.contract_id = made.contract_id
    LEFT JOIN read_parquet($premises) AS flat ON flat.premises_id = account.premises_id
    WHERE lines = 1 AND opened_on <= charge_month AND coalesce(closed_on, DATE '9999-01-01') >= last_day(charge_month)
          AND contract.valid_from <= charge_month AND coalesce(contract.valid_to, DATE '9999-01-01') >= last_day(charge_month)
          AND ((kind IN ('cold_water', 'hot_water', 'electricity', 'gas') AND basis_code IN ('meter', 'average', 'norm'))
               OR (kind = 'waste' AND basis_code IN ('person', 'area')) OR (kind IN ('housing', 'capital_repair') AND basis_code = 'area')
               OR (kind = 'heating' AND basis_code = 'area' AND heating_mode_code = 'season'))
),
-- Of a key no row outlives the beginning of the next; the narrowest scope that says anything of a month counts, alone.
priced AS (
    SELECT contract_id, territory_code, service_code, coalesce(zone_code, '') AS zone, tariff_e6, valid_from,
           least(coalesce(valid_to, DATE '9999-01-01'), coalesce(lead(valid_from) OVER (
               PARTITION BY contract_id, territory_code, service_code, zone_code ORDER BY valid_from, valid_to NULLS LAST, tariff_e6) - 1,
               DATE '9999-01-01')) AS until
    FROM (FROM read_parquet($tariffs) UNION ALL BY NAME FROM read_parquet($tariffs_kept)) WHERE part_code = 'variable'
),
prices AS (
    SELECT proposal_id, tariff_e6, price.valid_from, until FROM plain JOIN priced AS price
      ON price.service_code = plain.service_code AND price.zone = plain.zone AND price.valid_from <= last_day(charge_month)
         AND until >= charge_month AND coalesce(price.contract_id, plain.contract_id) = plain.contract_id
         AND coalesce(price.territory_code, plain.territory_code) IS NOT DISTINCT FROM plain.territory_code
    QUALIFY dense_rank() OVER (PARTITION BY proposal_id ORDER BY price.contract_id IS NULL, price.territory_code IS NULL) = 1
),
normed AS (
    SELECT house_id, territory_code, service_code, per_code, norm_volume_e7 AS norm_e7, valid_from,
           least(coalesce(valid_to, DATE '9999-01-01'), coalesce(lead(valid_from) OVER (
               PARTITION BY house_id, territory_code, service_code, per_code ORDER BY valid_from, valid_to NULLS LAST, norm_volume_e7) - 1,
               DATE '9999-01-01')) AS until
    FROM (FROM read_parquet($consumption_norms) UNION ALL BY NAME FROM read_parquet($norms_kept))
),
norms AS (
    SELECT proposal_id, norm_e7, norm.valid_from, until FROM plain JOIN normed AS norm
      ON norm.service_code = plain.service_code AND per_code = per AND norm.valid_from <= last_day(charge_month)
         AND until >= charge_month AND coalesce(norm.house_id, plain.house_id) = plain.house_id
         AND coalesce(norm.territory_code, plain.territory_code) IS NOT DISTINCT FROM plain.territory_code
    QUALIFY dense_rank() OVER (PARTITION BY proposal_id ORDER BY norm.house_id IS NULL, norm.territory_code IS NULL) = 1
),
days AS (
    SELECT proposal_id, premises_id, per, CAST(unnest(generate_series(charge_month, last_day(charge_month), INTERVAL 1 DAY)) AS DATE) AS day
    FROM plain
),
living AS (
    SELECT days.proposal_id, days.day, count(DISTINCT person_id) + coalesce(sum(persons_count), 0) AS persons
    FROM days JOIN (FROM read_parquet($registrations) UNION ALL BY NAME FROM read_parquet($registrations_kept)) AS person
      ON person.premises_id = days.premises_id AND person.valid_from <= day AND coalesce(person.valid_to, day) >= day
    WHERE per = 'person' GROUP BY ALL
),
told AS (
    SELECT days.proposal_id, days.day, tariff_e6, norm_e7, persons
    FROM days LEFT JOIN prices ON prices.proposal_id = days.proposal_id AND day BETWEEN prices.valid_from AND prices.until
    LEFT JOIN norms ON norms.proposal_id = days.proposal_id AND day BETWEEN norms.valid_from AND norms.until
    LEFT JOIN living ON living.proposal_id = days.proposal_id AND living.day = days.day
),
stretches AS (
    SELECT proposal_id, tariff_e6, norm_e7, persons, count(*) AS days
    FROM (SELECT *, day - CAST(row_number() OVER (PARTITION BY proposal_id, tariff_e6, norm_e7, persons ORDER BY day) AS INTEGER) AS run FROM told)
    GROUP BY proposal_id, tariff_e6, norm_e7, persons, run
),
volumes AS (
    SELECT proposal_id, tariff_e6,
           CASE WHEN per = 'person' THEN (2 * persons::HUGEINT * norm_e7 * days + month_days) // (2 * month_days)
                WHEN per = 'm2' THEN (2 * area_e7::HUGEINT * norm_e7 * days + 10000000 * month_days) // (20000000 * month_days)
                WHEN basis_code = 'area' THEN (2 * area_e7::HUGEINT * days + month_days) // (2 * month_days)
                ELSE (2 * volume_e7::HUGEINT * days + month_days) // (2 * month_days) END AS stretch_e7
    FROM stretches JOIN plain USING (proposal_id) WHERE coalesce(volume_e7, 0) >= 0
),
counted AS (
    SELECT proposal_id, sum((2 * stretch_e7 * tariff_e6 + 100000000000) // 200000000000) AS expected_kop,
           bool_and(stretch_e7 IS NOT NULL AND tariff_e6 IS NOT NULL) AS is_told
    FROM volumes GROUP BY ALL
)
SELECT account_id, CAST(again_kop - coalesce(expected_kop, again_kop) + reversed_kop
                        - coalesce(charged_kop + coalesce(rerated_kop, 0) + coalesce(true_up_kop, 0), 0) AS BIGINT) AS difference_kop
FROM made LEFT JOIN billed USING (proposal_id) LEFT JOIN changed USING (proposal_id) LEFT JOIN counted USING (proposal_id)
WHERE difference_kop <> again_kop - reversed_kop OR again_kop < 0 OR difference_kop = 0
   OR reversed_kop IS DISTINCT FROM charged_kop + coalesce(rerated_kop, 0) + coalesce(true_up_kop, 0)
   OR (is_told IS FALSE)
   OR (again_kop <> expected_kop AND NOT (coalesce(is_reduced, false) AND difference_kop < 0 AND again_kop > expected_kop))
ORDER BY account_id
