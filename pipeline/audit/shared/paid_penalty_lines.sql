-- Lines of penalties that have been paid, and what those of them that name a month have been paid for it.
lines AS (
    SELECT account_id, creditor_id, charge_month, billing_month, (paid_rub * 100)::BIGINT AS paid,
           coalesce(charge_month < billing_month, false) AS names_month
    FROM read_parquet($paid_penalties) WHERE billing_month >= $first_month::DATE
),
named AS (
    SELECT account_id, creditor_id, charge_month, sum(paid) AS paid FROM lines WHERE names_month GROUP BY ALL
),
