-- mandates that run tonight, the last told version of each, and the last told accounts under them
night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
versions AS (
    SELECT mandate.*, min(from_on) OVER (PARTITION BY mandate_id) AS first_on FROM read_parquet($mandates) AS mandate, night WHERE from_on <= night.on
    QUALIFY row_number() OVER (PARTITION BY mandate_id ORDER BY from_on DESC, registered_at DESC, event_id DESC) = 1
),
running AS (SELECT versions.* FROM versions, night WHERE to_on IS NULL OR to_on >= night.on),
members AS (
    SELECT member.* FROM read_parquet($mandate_accounts) AS member, night WHERE from_on <= night.on
    QUALIFY row_number() OVER (
        PARTITION BY mandate_id, account_id ORDER BY from_on DESC, registered_at DESC, event_id DESC
    ) = 1
),
