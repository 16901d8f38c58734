-- contracts of creditors that have joined the advance discount
joined AS (
    SELECT contract_id FROM read_parquet($service_contracts) GROUP BY contract_id
    HAVING list_contains(string_split($joined_creditors, ','), 'all')
        OR bool_or(list_contains(string_split($joined_creditors, ','), creditor_id))
),
