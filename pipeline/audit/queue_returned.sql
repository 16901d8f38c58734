-- Every application that goes back stands in the queue once, with the day by which it is to be answered and what it is about.
WITH waiting AS (
    SELECT event_id AS subject, any_value(answer_due_on) AS due_on,
           list({'house': house_id, 'premises': premises_id, 'service': service_code, 'since': from_on, 'until': to_on}) AS about
    FROM read_parquet($returned_applications) GROUP BY ALL
),
queued AS (
    SELECT subject_id AS subject, deadline_on AS due_on,
           {'house': house_id, 'premises': premises_id, 'service': service_code, 'since': from_on, 'until': to_on} AS about
    FROM read_parquet($work_queue) WHERE kind_code = 'returned_application'
)
SELECT coalesce(waiting.subject, queued.subject) AS subject, 0 AS difference_rub
FROM waiting FULL JOIN queued USING (subject)
WHERE waiting.due_on IS DISTINCT FROM queued.due_on OR waiting.subject IS NULL OR queued.subject IS NULL
   OR NOT list_contains(waiting.about, queued.about)
ORDER BY subject
