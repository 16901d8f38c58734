-- what a service is by law; one whose register names no kind is what its code says
kinds AS (
    SELECT service_code, any_value(coalesce(kind_code, CASE WHEN list_contains(string_split($all_kinds_told, ','), service_code)
                                                            THEN service_code ELSE 'other' END)) AS kind
    FROM read_parquet($services) GROUP BY service_code
),
