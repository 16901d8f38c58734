-- holds of tonight, told by hand and by `statuses`, the accounts that they are on, and how old the oldest debt of a pair is
running AS (
    SELECT hold.* FROM (
        SELECT account_id, person_id, creditor_id, reason_code, from_on, to_on FROM read_parquet($holds)
        UNION ALL SELECT NULL, person_id, NULL, reason_code, from_on, to_on FROM statuses
    ) AS hold, night
    WHERE from_on <= night.on AND (to_on IS NULL OR to_on >= night.on)
),
on_flat AS (
    SELECT account.account_id, creditor_id, reason_code, from_on
    FROM running JOIN read_parquet($rights) AS held USING (person_id)
    JOIN read_parquet($accounts) AS account ON account.premises_id = held.premises_id CROSS JOIN night
    WHERE least(coalesce(closed_on, night.on), night.on) BETWEEN held.valid_from AND coalesce(held.valid_to, DATE '9999-12-31')
    UNION
    SELECT account_id, creditor_id, reason_code, from_on FROM running WHERE account_id IS NOT NULL
),
oldest AS (
    SELECT account_id, creditor_id, min(coalesce(charge_month, date_trunc('month', due_on))) AS month
    FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed GROUP BY ALL
),
