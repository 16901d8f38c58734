-- Kinds of services, and contracts of creditors that have joined the advance discount.
kinds AS (
    SELECT service_code, any_value(coalesce(kind_code, CASE WHEN list_contains(string_split($all_kinds_told, ','), service_code)
                                                            THEN service_code ELSE 'other' END)) AS kind
    FROM read_parquet($services) GROUP BY service_code
),
joined AS (
    SELECT contract_id FROM read_parquet($service_contracts) GROUP BY contract_id
    HAVING list_contains(string_split($joined_creditors, ','), 'all')
        OR bool_or(list_contains(string_split($joined_creditors, ','), creditor_id))
),
