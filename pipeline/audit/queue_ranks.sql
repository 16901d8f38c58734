-- Places run from 1 without a gap: overdue first, then near the deadline, then the rest; in each the largest sum first,
-- then its kind, then the queue's own id. Nothing is near where the calendar does not reach. No thing is queued twice.
WITH placed AS (
    SELECT queue_id, rank, is_overdue, deadline_on,
           row_number() OVER (ORDER BY CASE WHEN deadline_on < CAST($as_of AS DATE) THEN 0
                                            WHEN deadline_on <= CAST(nullif($near_until, '') AS DATE) THEN 1 ELSE 2 END,
                              effect_rub DESC, kind_code, queue_id) AS place,
           count(*) OVER (PARTITION BY queue_id) AS times
    FROM read_parquet($work_queue)
)
SELECT queue_id AS subject FROM placed
WHERE rank <> place OR times > 1 OR is_overdue <> coalesce(deadline_on < CAST($as_of AS DATE), false)
ORDER BY subject
