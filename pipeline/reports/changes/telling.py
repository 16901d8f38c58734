"""SQL that every query of a comparison goes through: into `found`, out of it as rows of `changes` and as sums by cause.

Here: statements that know the columns of `found`. Not here: which facts there are (`facts_of_*.sql`).
"""

from typing import Final

#: Debtors of the track of notices with the cause of their change; those that are what they were but for a message that
#: left in between, with that message.
DEBTORS_TOLD: Final = """
CREATE TEMP TABLE debtors_told AS
SELECT account_id, cause_code, cause_reference AS reference
FROM read_parquet($parts, hive_partitioning = false)
WHERE table_name = 'debtors' AND ends_with(fact_key, ' · notice')
UNION ALL
SELECT account_id, 'dispatch', strftime(max(later.previous_stage_on), '%d.%m.%Y')
FROM main.debtors AS later
JOIN before.debtors AS earlier USING (account_id, creditor_id, track_code)
WHERE track_code = 'notice' AND later.previous_stage_on IS DISTINCT FROM earlier.previous_stage_on
    AND later.previous_stage_on IS NOT NULL AND account_id NOT IN (
        SELECT account_id FROM read_parquet($parts, hive_partitioning = false)
        WHERE table_name = 'debtors' AND ends_with(fact_key, ' · notice') AND account_id IS NOT NULL
    )
GROUP BY account_id"""
FOUND: Final = """
CREATE TEMP TABLE found (
    table_name VARCHAR, measure_code VARCHAR, fact_key VARCHAR, account_id VARCHAR, creditor_id VARCHAR,
    before_text VARCHAR, after_text VARCHAR, before_rub DECIMAL(18, 2), after_rub DECIMAL(18, 2), before_rows BIGINT,
    after_rows BIGINT, rank INTEGER, reference VARCHAR, ranks INTEGER[], facts BIGINT
)"""
FIND: Final = """
INSERT INTO found
SELECT
    getvariable('table_name'), getvariable('measure_code'), fact_key, account_id, creditor_id, before_text, after_text,
    coalesce(before_rub, 0)::DECIMAL(18, 2), coalesce(after_rub, 0)::DECIMAL(18, 2), before_rows, after_rows,
    coalesce(rank, getvariable('otherwise')),
    CASE WHEN rank IS NULL THEN nullif(getvariable('otherwise_reference'), '') ELSE reference END,
    list_concat(coalesce(ranks, []), getvariable('beside')::INTEGER[]), greatest(before_rows, after_rows)
FROM ({})"""
#: Between two months: summed at once, rises and falls, comers and goers apart, by account or for the whole part.
FIND_SUMMED: Final = """
INSERT INTO found
SELECT
    getvariable('table_name'), getvariable('measure_code'), NULL,
    CASE WHEN list_contains(getvariable('by_account'), getvariable('table_name')) THEN account_id END AS of_account,
    NULL, NULL, NULL, coalesce(sum(before_rub), 0)::DECIMAL(18, 2), coalesce(sum(after_rub), 0)::DECIMAL(18, 2),
    sum(before_rows)::BIGINT, sum(after_rows)::BIGINT, coalesce(rank, getvariable('otherwise')) AS by_rank, NULL, NULL,
    sum(greatest(before_rows, after_rows))::BIGINT
FROM ({})
GROUP BY
    of_account, by_rank, sign(after_rows - before_rows),
    sign(coalesce(after_rub, 0) - coalesce(before_rub, 0))"""
BY_CAUSE: Final = """
SELECT
    table_name, measure_code, getvariable('causes')[rank] AS cause_code,
    sum(facts)::BIGINT AS facts, sum(greatest(after_rows - before_rows, 0))::BIGINT AS appeared,
    sum(greatest(before_rows - after_rows, 0))::BIGINT AS vanished,
    sum(greatest(after_rub - before_rub, 0))::DECIMAL(18, 2) AS increase_rub,
    sum(least(after_rub - before_rub, 0))::DECIMAL(18, 2) AS decrease_rub,
    sum(after_rub - before_rub)::DECIMAL(18, 2) AS net_rub
FROM found
GROUP BY ALL
ORDER BY table_name, measure_code, cause_code"""
TOLD: Final = """
SELECT
    table_name, measure_code, fact_key, account_id, creditor_id,
    CASE WHEN before_rows = 0 THEN 'appeared' WHEN after_rows = 0 THEN 'vanished' ELSE 'changed' END AS change_code,
    before_text, after_text, before_rub, after_rub, (after_rub - before_rub)::DECIMAL(18, 2) AS difference_rub,
    getvariable('causes')[rank] AS cause_code, reference AS cause_reference,
    [getvariable('causes')[other] FOR other IN list_sort(list_distinct(ranks)) IF other <> rank] AS other_causes,
    facts
FROM {}
ORDER BY table_name, measure_code, fact_key"""
GROUPED: Final = """(
    SELECT * FROM found
    WHERE NOT list_contains(getvariable('of_one_cycle'), table_name)
        AND NOT list_contains(getvariable('by_account'), table_name)
    UNION ALL BY NAME
    SELECT
        table_name, measure_code, concat_ws(' · ', account_id, getvariable('causes')[rank]) AS fact_key, account_id,
        NULL AS creditor_id, NULL AS before_text, NULL AS after_text, sum(before_rub)::DECIMAL(18, 2) AS before_rub,
        sum(after_rub)::DECIMAL(18, 2) AS after_rub, sum(before_rows)::BIGINT AS before_rows,
        sum(after_rows)::BIGINT AS after_rows, rank, NULL AS reference, NULL AS ranks,
        sum(facts)::BIGINT AS facts
    FROM found
    WHERE list_contains(getvariable('by_account'), table_name)
    GROUP BY table_name, measure_code, account_id, rank
)"""
OVERDUE: Final = """
SELECT count(*) AS rows, coalesce(sum(outstanding_rub), 0)::DECIMAL(18, 2) AS rub FROM overdue_items
WHERE days_overdue > 0 AND debt_kind_code IN ('principal', 'capital_repair')"""
