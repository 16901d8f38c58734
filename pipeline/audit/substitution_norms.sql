-- Every norm in place of a register, computed anew: as the biller states it, else by the registers: norm × those registered on
-- each day of the month (the owners where nobody is, if the book knows registrations at all) ÷ its days, norm × heated or
-- whole area, or that of the account; the norm of the house before that of the territory, that before one of the book. The
-- meters of a service that are in place share it in equal parts, the first zone of each carries its part.
-- Where the registers tell no norm, or two of them, the volume is missing, and so it is here.
-- Left out: services with a meter that the newest register has forgotten, which only the memory still counts among them.
WITH due AS MATERIALIZED (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, meter_id, volume
    FROM read_parquet($substitute_volumes) WHERE basis_code IN ('norm', 'norm_uplift')
),
asked AS (SELECT DISTINCT account_id, service_code FROM due),
first_zones AS (
    SELECT meter_id, min(coalesce(zone_code, '')) AS first_zone FROM read_parquet($substitute_volumes) SEMI JOIN due USING (meter_id)
    GROUP BY meter_id
),
forgotten AS (
    SELECT DISTINCT account_id, service_code FROM read_parquet($state_memory) AS memory SEMI JOIN asked USING (account_id, service_code)
    ANTI JOIN read_parquet($meters) AS meter USING (meter_id)
),
meters AS MATERIALIZED (
    SELECT meter_id, account_id, contract_id, service_code, service_point_id, coalesce(removed_on, DATE '9999-01-01') AS gone_on
    FROM read_parquet($meters) SEMI JOIN asked USING (account_id) WHERE installed_on <= last_day($month::DATE)
),
-- one removed in the month counts unless another has taken its place
in_place AS (
    SELECT meter_id, row_number() OVER (PARTITION BY account_id, contract_id, service_code ORDER BY meter_id) AS number,
           count(*) OVER (PARTITION BY account_id, contract_id, service_code) AS meters
    FROM meters
    WHERE gone_on > last_day($month::DATE) OR (gone_on > $month::DATE AND NOT coalesce(service_point_id IN (
        SELECT service_point_id FROM meters WHERE gone_on > last_day($month::DATE) AND service_point_id IS NOT NULL), false))
),
stated AS (
    SELECT account_id, service_code, arg_max(norm_volume_e7, (valid_from, registered_at, event_id)) AS norm_e7
    FROM read_parquet($norms_of_metered_services_here) SEMI JOIN asked USING (account_id, service_code)
    WHERE valid_from <= $month::DATE GROUP BY ALL
),
open_accounts AS (
    SELECT account_id, premises_id, house_id, count(*) OVER (PARTITION BY premises_id) = 1 AS is_alone
    FROM read_parquet($accounts) WHERE coalesce(closed_on, $month::DATE) >= $month::DATE
),
homes AS MATERIALIZED (
    SELECT asked.account_id, asked.service_code, home.premises_id, home.house_id, is_alone, territory_code,
           coalesce(flat.heated_area_m2_e7, flat.area_m2_e7) AS area_e7,
           flat.premises_id IS NOT NULL AND coalesce(use_code, 'residential') <> 'non_residential' AS is_lived_in
    FROM asked ANTI JOIN stated USING (account_id, service_code) JOIN open_accounts AS home ON home.account_id = asked.account_id
    LEFT JOIN read_parquet($houses) AS house ON house.house_id = home.house_id
    LEFT JOIN read_parquet($premises) AS flat ON flat.premises_id = home.premises_id
),
norms AS (
    SELECT homes.*, per_code, norm_volume_e7
    FROM homes JOIN read_parquet($consumption_norms) AS norm
      ON norm.service_code = homes.service_code AND coalesce(norm.house_id, homes.house_id, '') = coalesce(homes.house_id, '')
         AND (norm.house_id IS NULL OR homes.house_id IS NOT NULL)
         AND (norm.territory_code IS NULL OR norm.territory_code = homes.territory_code)
    WHERE valid_from <= $month::DATE AND coalesce(valid_to, $month::DATE) >= $month::DATE
    QUALIFY row_number() OVER (PARTITION BY homes.account_id, homes.service_code, per_code
                               ORDER BY norm.house_id IS NULL, norm.territory_code IS NULL, valid_from DESC) = 1
),
flats AS (SELECT DISTINCT premises_id FROM norms WHERE per_code = 'person' AND is_lived_in AND is_alone),
lives AS MATERIALIZED (
    SELECT premises_id, person_id, persons_count, valid_from, coalesce(valid_to, DATE '9999-01-01') AS until
    FROM read_parquet($registrations) SEMI JOIN flats USING (premises_id)
    WHERE valid_from <= last_day($month::DATE) AND until >= $month::DATE
),
owns AS MATERIALIZED (
    SELECT premises_id, person_id, valid_from, coalesce(valid_to, DATE '9999-01-01') AS until
    FROM read_parquet($rights) SEMI JOIN flats USING (premises_id)
    WHERE role_code IN ('owner', 'joint_owner', 'minor_owner') AND EXISTS (FROM read_parquet($all_registrations))
          AND valid_from <= last_day($month::DATE) AND until >= $month::DATE
),
-- days in a row on which nobody comes or goes, by the first of them
cuts AS (
    SELECT premises_id, $month::DATE AS day FROM flats
    UNION
    SELECT premises_id, unnest([valid_from, until + 1]) FROM (
        SELECT premises_id, valid_from, until FROM lives UNION ALL SELECT premises_id, valid_from, until FROM owns)
    WHERE valid_from > $month::DATE OR until < last_day($month::DATE)
),
stretches AS MATERIALIZED (
    SELECT premises_id, day, lead(day, 1, last_day($month::DATE) + 1) OVER (PARTITION BY premises_id ORDER BY day) - day AS days
    FROM cuts WHERE day BETWEEN $month::DATE AND last_day($month::DATE)
),
living AS (
    SELECT premises_id, day, count(DISTINCT person_id) + coalesce(sum(persons_count), 0) AS persons
    FROM stretches JOIN lives USING (premises_id) WHERE day BETWEEN valid_from AND until GROUP BY ALL
),
owning AS (
    SELECT premises_id, day, count(DISTINCT person_id) AS persons
    FROM stretches JOIN owns USING (premises_id) WHERE day BETWEEN valid_from AND until GROUP BY ALL
),
person_days AS (
    SELECT premises_id, CAST(sum(days * CASE WHEN living.persons > 0 THEN living.persons ELSE owning.persons END) AS HUGEINT) AS person_days
    FROM stretches LEFT JOIN living USING (premises_id, day) LEFT JOIN owning USING (premises_id, day) GROUP BY premises_id
),
counted AS (
    SELECT account_id, service_code, CASE
               WHEN per_code = 'person' AND is_alone THEN (2 * norm_volume_e7 * person_days + day(last_day($month::DATE))) // (2 * day(last_day($month::DATE)))
               WHEN per_code = 'm2' THEN (2 * norm_volume_e7::HUGEINT * area_e7 + 10000000) // 20000000
               WHEN per_code = 'account' THEN norm_volume_e7 END AS norm_e7
    FROM norms LEFT JOIN person_days USING (premises_id)
),
told AS (
    SELECT account_id, service_code, CAST(norm_e7 AS HUGEINT) AS norm_e7 FROM stated
    UNION ALL
    SELECT account_id, service_code, any_value(norm_e7) FROM counted WHERE norm_e7 IS NOT NULL GROUP BY ALL HAVING count(*) = 1
)
SELECT due.account_id
FROM due JOIN first_zones USING (meter_id) LEFT JOIN in_place USING (meter_id) LEFT JOIN told USING (account_id, service_code)
ANTI JOIN forgotten ON forgotten.account_id = due.account_id AND forgotten.service_code = due.service_code
WHERE CAST(CAST(volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM CASE
    WHEN number IS NULL OR norm_e7 IS NULL THEN NULL WHEN zone <> first_zone THEN 0
    ELSE (2 * norm_e7 * number + meters) // (2 * meters) - (2 * norm_e7 * (number - 1) + meters) // (2 * meters) END
ORDER BY account_id
