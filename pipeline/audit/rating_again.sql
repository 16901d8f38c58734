-- The plain formulas counted a second time, of months in which nothing happens: volume × tariff, persons × norm × tariff,
-- area × tariff, area × norm × tariff (waste, heating in the season), sewage of cold and hot water × tariff. Lines that
-- are one charge have one rated sum: all but those by meter are added up by account, contract, service, zone and month.
-- Tariffs of the territory, norms of the whole book, flats of one account; taken back, by norm and meter at once,
-- and what the register tells as it cannot be, are left to the first path. Kopecks half away from zero, on HUGEINT.
WITH kinds AS (
    SELECT service_code, coalesce(kind_code, service_code) AS kind FROM read_parquet($services)
),
live AS (
    SELECT document_id, line_number, account_id, contract_id, service_code, kind, zone_code, charge_month, basis_code,
           volume_e7, charged_kop, basis_code IN ('meter', 'average') AS is_metered,
           basis_code IN ('meter', 'average') AND kind <> 'sewage' AS is_alone
    FROM read_parquet($charges) JOIN kinds USING (service_code)
    WHERE (charged_kop <> 0 OR recalculated_kop = 0) AND batch_id IS NULL AND document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL
    ) AND (
        (basis_code IN ('meter', 'average', 'norm')
         AND kind IN ('cold_water', 'hot_water', 'electricity', 'gas', 'sewage'))
        OR (basis_code = 'area' AND kind IN ('housing', 'capital_repair', 'waste', 'heating')))
),
-- A hash stands for its texts, which would be grouped three times as slowly.
mixed AS (
    SELECT DISTINCT hash(account_id, service_code, charge_month) AS place FROM live WHERE basis_code = 'norm'
    INTERSECT
    SELECT DISTINCT hash(account_id, service_code, charge_month) FROM live WHERE is_metered
),
lines AS (
    SELECT *, CASE WHEN is_alone THEN hash(document_id, line_number)
                   ELSE hash(account_id, contract_id, service_code, zone_code, charge_month) END AS charge,
           CASE WHEN kind = 'sewage' THEN hash(account_id, charge_month) END AS water_place
    FROM (SELECT *, hash(account_id, service_code, charge_month) AS place FROM live) ANTI JOIN mixed USING (place)
),
months AS (SELECT DISTINCT charge_month FROM lines),
waters AS (
    SELECT hash(account_id, charge_month) AS place, sum(volume_e7) AS water_e7, bool_or(is_metered) AS is_metered
    FROM live WHERE kind IN ('cold_water', 'hot_water')
    GROUP BY ALL
    HAVING count(*) = count(volume_e7) AND bool_or(kind = 'cold_water') AND bool_or(kind = 'hot_water')
),
drained AS (
    SELECT DISTINCT account_id FROM read_parquet($meters) JOIN kinds USING (service_code) WHERE kind = 'sewage'
),
alone AS (SELECT premises_id FROM read_parquet($accounts) GROUP BY ALL HAVING count(*) = 1),
places AS (
    SELECT account.account_id, account.premises_id, house.house_id, house.territory_code, flat.area_m2_e7,
           account.opened_on, coalesce(flat.heated_area_m2_e7, flat.area_m2_e7) AS heated_e7, house.heating_mode_code
    FROM read_parquet($accounts) AS account JOIN alone USING (premises_id)
    JOIN read_parquet($premises) AS flat USING (premises_id)
    JOIN read_parquet($houses) AS house ON house.house_id = account.house_id
    WHERE account.closed_on IS NULL
),
-- Of a key the row that began last: whatever began before it has ended.
last_prices AS (
    SELECT charge_month, territory_code, service_code, coalesce(zone_code, '') AS zone, tariff_e6, valid_from, valid_to
    FROM read_parquet($tariffs), months
    WHERE contract_id IS NULL AND part_code = 'variable' AND valid_from <= last_day(charge_month)
    QUALIFY row_number() OVER (PARTITION BY charge_month, territory_code, service_code, zone
                               ORDER BY valid_from DESC, valid_to DESC NULLS FIRST, tariff_e6 DESC) = 1
),
prices AS (
    SELECT charge_month, territory_code, service_code, zone, tariff_e6 FROM last_prices
    WHERE valid_from <= charge_month AND coalesce(valid_to, DATE '9999-01-01') >= last_day(charge_month)
),
own AS (SELECT DISTINCT contract_id IS NULL AS is_common, service_code FROM read_parquet($tariffs)),
common_norms AS (
    SELECT service_code, per_code, norm_volume_e7, valid_from, valid_to FROM read_parquet($consumption_norms)
    WHERE (service_code, per_code) NOT IN (SELECT (service_code, per_code) FROM read_parquet($consumption_norms)
                                           WHERE territory_code IS NOT NULL OR house_id IS NOT NULL)
),
last_norms AS (
    SELECT charge_month, service_code, per_code, norm_volume_e7 AS norm_e7, valid_from, valid_to
    FROM common_norms, months WHERE valid_from <= last_day(charge_month)
    QUALIFY row_number() OVER (PARTITION BY charge_month, service_code, per_code
                               ORDER BY valid_from DESC, valid_to DESC NULLS FIRST, norm_volume_e7 DESC) = 1
),
norms AS (
    SELECT charge_month, service_code, per_code, norm_e7 FROM last_norms
    WHERE valid_from <= charge_month AND coalesce(valid_to, DATE '9999-01-01') >= last_day(charge_month)
),
people AS (
    SELECT charge_month, premises_id, count(DISTINCT person_id) + coalesce(sum(persons_count), 0) AS persons
    FROM read_parquet($registrations), months
    WHERE valid_from <= last_day(charge_month) AND (valid_to IS NULL OR valid_to >= charge_month)
    GROUP BY ALL
    HAVING max(valid_from) <= charge_month AND coalesce(min(valid_to), DATE '9999-01-01') >= last_day(charge_month)
           AND persons > 0
),
doubted AS (
    SELECT DISTINCT house_id, service_code FROM read_parquet($charge_audit_totals) WHERE cause_code LIKE 'unlikely_%'
),
volumes AS (
    SELECT document_id, line_number, account_id, charge, is_alone, charged_kop, tariff_e6,
           CASE WHEN kind = 'sewage' AND lines.is_metered THEN water_e7
                WHEN kind = 'sewage' AND waters.is_metered IS NOT FALSE THEN NULL
                WHEN lines.is_metered THEN lines.volume_e7
                WHEN basis_code = 'norm' THEN persons * norm.norm_e7
                WHEN kind = 'waste' THEN (area_m2_e7::HUGEINT * norm.norm_e7 * 2 + 10000000) // 20000000
                WHEN kind = 'heating' THEN (heated_e7::HUGEINT * norm.norm_e7 * 2 + 10000000) // 20000000
                ELSE area_m2_e7 END AS volume_e7
    FROM lines JOIN places USING (account_id)
    ANTI JOIN doubted ON doubted.house_id = places.house_id AND doubted.service_code = lines.service_code
    JOIN prices ON prices.charge_month = lines.charge_month AND prices.service_code = lines.service_code
         AND prices.territory_code = places.territory_code AND prices.zone = coalesce(lines.zone_code, '')
    LEFT JOIN norms AS norm ON norm.charge_month = lines.charge_month AND norm.service_code = lines.service_code
         AND norm.per_code = CASE lines.basis_code WHEN 'norm' THEN 'person' ELSE 'm2' END
    LEFT JOIN people ON people.charge_month = lines.charge_month AND people.premises_id = places.premises_id
    LEFT JOIN waters ON waters.place = lines.water_place
    WHERE lines.service_code NOT IN (SELECT service_code FROM own WHERE NOT is_common)
          AND (kind <> 'heating' OR heating_mode_code = 'season')
          AND (kind <> 'sewage' OR account_id NOT IN (SELECT account_id FROM drained))
          AND opened_on <= CASE WHEN lines.is_metered THEN last_day(lines.charge_month) ELSE lines.charge_month END
),
counted AS (
    SELECT any_value(volumes.account_id) AS account_id, any_value(volume_e7) AS volume_e7, any_value(tariff_e6) AS tariff_e6,
           sum(coalesce(audit.rated_rub * 100, charged_kop))::HUGEINT AS audited_kop
    FROM volumes LEFT JOIN read_parquet($charge_audit) AS audit USING (document_id, line_number)
    WHERE volume_e7 IS NOT NULL
    GROUP BY charge HAVING bool_and(is_alone OR charged_kop >= 0)
),
rated AS (
    SELECT account_id, audited_kop,
           sign(volume_e7) * ((abs(volume_e7)::HUGEINT * tariff_e6 * 2 + 100000000000) // 200000000000) AS rated_kop
    FROM counted
)
SELECT account_id, CAST(audited_kop - rated_kop AS BIGINT) AS difference_kop
FROM rated WHERE audited_kop <> rated_kop
ORDER BY ALL
