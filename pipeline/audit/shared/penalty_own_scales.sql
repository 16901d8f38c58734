-- Services of which organisations of a told kind pay penalties by a scale of their own: account × service, its scale and first day.
own_scales AS (
    SELECT DISTINCT account_id, service_code, organisation_kind_code AS scale,
           CASE organisation_kind_code WHEN 'consumer' THEN CAST($consumer_from_1 AS BIGINT)
                WHEN 'manager' THEN CAST($manager_from_1 AS BIGINT) ELSE CAST($citizen_from_1 AS BIGINT) END AS from_day
    FROM read_parquet($accounts), read_parquet($services)
    WHERE account_kind_code = 'organisation' AND organisation_kind_code IS NOT NULL
      AND list_contains(CAST($organisation_resources AS VARCHAR[]), coalesce(kind_code, service_code))
),
