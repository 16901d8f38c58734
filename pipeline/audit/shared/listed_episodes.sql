-- every episode on a list that leaves tonight
listed AS (
    SELECT 'sms_list' AS list_code, unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL
    SELECT 'call_list', unnest(episode_ids) FROM read_parquet($call_list)
    UNION ALL
    SELECT 'debt_receipts', episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
),
