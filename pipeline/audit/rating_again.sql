-- The plain formulas counted a second time, of months in which nothing happens: volume × tariff, persons × norm × tariff,
-- area × tariff, area × norm × tariff (waste, heating in the season), sewage of cold and hot water × tariff. Lines that
-- are one charge have one rated sum: all but those by meter are added up by account, contract, service, zone and month.
-- Tariffs of the territory, norms of the whole book, flats of one account; taken back, by norm and meter at once,
-- and what the register tells as it cannot be, are left to the first path. A sum is right where the exact one lies within
-- half a kopeck of it, away from zero: to divide a HUGEINT costs as much as to read twenty lines, so only faults are divided.
WITH kinds AS (
    SELECT service_code, coalesce(kind_code, service_code) AS kind FROM read_parquet($services)
),
-- A hash stands for its texts: as numbers, lines of a part take half the time and a third of the memory. `sold` is what
-- is sold by a tariff and a norm, `flat_month` a month of an account.
live AS (
    SELECT hash(document_id, line_number) AS line, hash(account_id) AS account, hash(service_code) AS service, kind,
           charge_month, hash(account_id, charge_month) AS flat_month, basis_code = 'norm' AS is_norm,
           hash(account_id, service_code, charge_month) AS place, volume_e7, charged_kop,
           hash(charge_month, service_code, coalesce(zone_code, ''), basis_code = 'norm') AS sold,
           hash(account_id, contract_id, service_code, zone_code, charge_month) AS charge,
           basis_code IN ('meter', 'average') AS is_metered,
           basis_code IN ('meter', 'average') AND kind <> 'sewage' AS is_alone
    FROM read_parquet($charges) JOIN kinds USING (service_code)
    WHERE (charged_kop <> 0 OR recalculated_kop = 0) AND batch_id IS NULL AND document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL
    ) AND (
        (basis_code IN ('meter', 'average', 'norm')
         AND kind IN ('cold_water', 'hot_water', 'electricity', 'gas', 'sewage'))
        OR (basis_code = 'area' AND kind IN ('housing', 'capital_repair', 'waste', 'heating')))
),
mixed AS (
    SELECT place FROM live SEMI JOIN (SELECT place FROM live WHERE is_metered) AS metered USING (place) WHERE is_norm
),
months AS (SELECT DISTINCT charge_month FROM live),
waters AS (
    SELECT flat_month, sum(volume_e7) AS water_e7, bool_or(is_metered) AS is_metered
    FROM live WHERE kind IN ('cold_water', 'hot_water')
    GROUP BY ALL
    HAVING count(*) = count(volume_e7) AND bool_or(kind = 'cold_water') AND bool_or(kind = 'hot_water')
),
drained AS (
    SELECT DISTINCT hash(account_id) AS account FROM read_parquet($meters) JOIN kinds USING (service_code)
    WHERE kind = 'sewage' AND account_id IS NOT NULL
),
alone AS (SELECT premises_id FROM read_parquet($accounts) GROUP BY ALL HAVING count(*) = 1),
places AS (
    SELECT account.account_id, hash(account.account_id) AS account, account.premises_id, house.house_id,
           house.territory_code, flat.area_m2_e7, account.opened_on,
           coalesce(flat.heated_area_m2_e7, flat.area_m2_e7) AS heated_e7, house.heating_mode_code
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
-- Ten thousand units for a person or a metre are no norm, and products of it would not fit a whole number.
norms AS (
    SELECT charge_month, service_code, per_code, norm_e7 FROM last_norms
    WHERE norm_e7 < 100000000000 AND valid_from <= charge_month AND coalesce(valid_to, DATE '9999-01-01') >= last_day(charge_month)
),
terms AS (
    SELECT hash(territory_code, hash(charge_month, service_code, zone, is_norm)) AS terms, tariff_e6, norm_e7
    FROM prices CROSS JOIN (VALUES (TRUE, 'person'), (FALSE, 'm2')) AS bases (is_norm, per_code)
    LEFT JOIN norms USING (charge_month, service_code, per_code)
    WHERE service_code NOT IN (SELECT service_code FROM own WHERE NOT is_common)
),
people AS (
    SELECT hash(any_value(account_id), charge_month) AS flat_month,
           count(DISTINCT person_id) + coalesce(sum(persons_count), 0) AS persons
    FROM read_parquet($registrations) JOIN places USING (premises_id), months
    WHERE valid_from <= last_day(charge_month) AND (valid_to IS NULL OR valid_to >= charge_month)
    GROUP BY premises_id, charge_month
    HAVING max(valid_from) <= charge_month AND coalesce(min(valid_to), DATE '9999-01-01') >= last_day(charge_month)
           AND persons > 0
),
doubted AS (
    SELECT DISTINCT hash(house_id, hash(service_code)) AS doubt FROM read_parquet($charge_audit_totals)
    WHERE cause_code LIKE 'unlikely_%'
),
-- The norm of an area is rounded once: whole metres hold whole parts of it, only the rest of a metre is divided.
volumes AS (
    SELECT line, account, charged_kop, tariff_e6, is_alone, CASE WHEN is_alone THEN line ELSE charge END AS charge,
           CASE WHEN kind = 'sewage' AND live.is_metered THEN water_e7
                WHEN kind = 'sewage' AND waters.is_metered IS NOT FALSE THEN NULL
                WHEN live.is_metered THEN live.volume_e7
                WHEN is_norm THEN persons * norm_e7
                WHEN kind = 'waste' THEN area_m2_e7 // 10000000 * norm_e7 + (area_m2_e7 % 10000000 * norm_e7 * 2 + 10000000) // 20000000
                WHEN kind = 'heating' THEN heated_e7 // 10000000 * norm_e7 + (heated_e7 % 10000000 * norm_e7 * 2 + 10000000) // 20000000
                ELSE area_m2_e7 END AS volume_e7
    FROM live JOIN places USING (account)
    JOIN terms ON terms.terms = hash(territory_code, sold)
    LEFT JOIN people USING (flat_month)
    LEFT JOIN waters USING (flat_month)
    WHERE place NOT IN (FROM mixed) AND hash(house_id, service) NOT IN (FROM doubted)
          AND (kind <> 'heating' OR heating_mode_code = 'season')
          AND (kind <> 'sewage' OR account NOT IN (FROM drained))
          AND opened_on <= CASE WHEN live.is_metered THEN last_day(charge_month) ELSE charge_month END
),
differing AS (
    SELECT hash(document_id, line_number) AS line, CAST(rated_rub * 100 AS BIGINT) AS rated_kop
    FROM read_parquet($charge_audit) WHERE rated_rub IS NOT NULL
),
audited AS MATERIALIZED (
    SELECT charge, account, volume_e7, tariff_e6, is_alone, charged_kop, coalesce(rated_kop, charged_kop) AS audited_kop
    FROM volumes LEFT JOIN differing USING (line)
    WHERE volume_e7 IS NOT NULL
),
counted AS (
    SELECT account, volume_e7, tariff_e6, audited_kop::HUGEINT AS audited_kop FROM audited WHERE is_alone
    UNION ALL
    SELECT any_value(account), any_value(volume_e7), any_value(tariff_e6), sum(audited_kop)::HUGEINT
    FROM audited WHERE NOT is_alone GROUP BY charge HAVING min(charged_kop) >= 0
),
unlike AS (
    SELECT account, audited_kop, volume_e7, CASE WHEN volume_e7 < 0 THEN -audited_kop ELSE audited_kop END AS kop,
           2 * abs(volume_e7)::HUGEINT * tariff_e6 AS twice
    FROM counted WHERE twice < (2 * kop - 1) * 100000000000 OR twice >= (2 * kop + 1) * 100000000000
)
SELECT account_id, CAST(audited_kop - sign(volume_e7) * ((twice + 100000000000) // 200000000000) AS BIGINT) AS difference_kop
FROM unlike JOIN places USING (account)
ORDER BY ALL
