-- Nobody is called spared whom a list names, and no shield spares more debts than have its ground.
WITH listed AS (
    SELECT unnest(episode_ids) AS episode_id, 'notice' AS track_code FROM read_parquet($sms_list)
    UNION SELECT unnest(episode_ids), 'notice' FROM read_parquet($call_list)
    UNION SELECT episode_id, 'notice' FROM read_parquet($debt_receipts)
    UNION SELECT episode_id, 'court' FROM read_parquet($court_list)
),
spared AS (
    SELECT * FROM read_parquet($debtors) AS debtors WHERE NOT EXISTS (
        SELECT 1 FROM listed WHERE listed.episode_id = debtors.episode_id AND listed.track_code = debtors.track_code)
),
most AS (
    SELECT '' AS row_key, count(*) AS pairs, coalesce(sum(total_rub), 0) AS total_rub FROM spared
    UNION ALL SELECT 'hold:' || reason, count(*), sum(total_rub)
        FROM (SELECT unnest(holds) AS reason, total_rub FROM spared) GROUP BY ALL
    UNION ALL SELECT ground, count(*), coalesce(sum(total_rub), 0) FROM spared CROSS JOIN (
        VALUES ('covered_by_advance'), ('covered_by_proposal'), ('covered_by_suspended')) AS grounds(ground)
        WHERE shielded_rub > 0 GROUP BY ALL
    UNION ALL SELECT ground, count(*), coalesce(sum(total_rub), 0) FROM spared CROSS JOIN (
        VALUES ('registries_awaited'), ('left_for_later')) AS grounds(ground)
        WHERE next_action_on IS NOT NULL GROUP BY ALL
    UNION ALL SELECT 'small_sum', count(*), coalesce(sum(total_rub), 0) FROM spared WHERE next_action_code <> 'none'
),
told AS (
    SELECT row_key, max(value_count) FILTER (measure = 'pairs') AS pairs, max(value_rub) FILTER (measure = 'total_rub') AS total_rub
    FROM read_parquet($report_figures) WHERE section_code = 'shields' GROUP BY ALL
)
SELECT 'shields: ' || told.row_key AS account_id, told.total_rub - coalesce(most.total_rub, 0) AS difference_rub
FROM told LEFT JOIN most USING (row_key)
WHERE told.pairs > coalesce(most.pairs, 0) OR told.total_rub > coalesce(most.total_rub, 0)
ORDER BY 1
