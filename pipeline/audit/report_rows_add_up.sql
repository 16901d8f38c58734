-- Section × measure: the total row of the month's report is the sum of its rows. Measures whose rows overlap (one account
-- in several rows) lie between their largest row and the sum; the longest wait is the longest of all.
WITH told AS (
    SELECT section_code, measure, is_total, coalesce(value_rub, value_count) AS figure
    FROM read_parquet($report_figures)
),
sides AS (
    SELECT section_code, measure, coalesce(sum(figure) FILTER (NOT is_total), 0) AS summed,
           coalesce(max(figure) FILTER (NOT is_total), 0) AS largest, max(figure) FILTER (is_total) AS total
    FROM told GROUP BY ALL
)
SELECT section_code || ': ' || measure AS account_id, total - summed AS difference_rub
FROM sides
WHERE total IS NOT NULL AND CASE
    WHEN measure IN ('oldest', 'longest') THEN total <> largest
    WHEN measure = 'accounts' OR section_code = 'quarantined' OR (section_code = 'shields' AND measure <> 'alone')
        THEN NOT total BETWEEN largest AND summed
    ELSE total <> summed END
ORDER BY 1
