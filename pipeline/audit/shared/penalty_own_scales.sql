-- Services of which organisations pay penalties by a scale of their own, and its first day.
own_scales AS (
    SELECT account_id, service_code, scale_code AS scale,
           CASE scale_code WHEN 'consumer' THEN CAST($consumer_from_1 AS BIGINT)
                WHEN 'manager' THEN CAST($manager_from_1 AS BIGINT) ELSE CAST($citizen_from_1 AS BIGINT) END AS from_day
    FROM read_parquet($penalty_scales)
),
