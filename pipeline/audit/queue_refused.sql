-- Every refused row of the cycle that nobody rejected is in the queue once: each document, and each row that is not a
-- line of a refused document. Rows of closed months stay as long as no decision names them.
WITH place AS (
    SELECT table_name, delivery_id, row_number, json_extract_string(original_values, '$.document_id') AS document_id
    FROM read_parquet($quarantine)
),
decided AS (
    SELECT table_name, refused_delivery_id AS delivery_id, refused_row_number AS row_number, decision_code
    FROM read_parquet($quarantine_decisions)
    QUALIFY row_number() OVER (PARTITION BY table_name, refused_delivery_id, refused_row_number
                               ORDER BY registered_at DESC, event_id DESC) = 1
),
of_cycle AS (
    SELECT table_name, delivery_id, row_number FROM place
    WHERE NOT (table_name = 'charges' AND document_id IS NOT NULL
               AND document_id IN (SELECT document_id FROM place
                                   WHERE table_name = 'billing_documents' AND document_id IS NOT NULL))
      AND NOT EXISTS (SELECT 1 FROM decided
                      WHERE decided.table_name = place.table_name AND decided.delivery_id = place.delivery_id
                        AND decided.row_number = place.row_number AND decided.decision_code = 'reject')
),
of_closed AS (
    SELECT before.table_name, before.refused_delivery_id AS delivery_id, before.refused_row_number AS row_number
    FROM read_parquet($state_work_queue) AS before
    LEFT JOIN decided ON decided.table_name = before.table_name AND decided.delivery_id = before.refused_delivery_id
         AND decided.row_number = before.refused_row_number
    LEFT JOIN (SELECT DISTINCT table_name, delivery_id FROM read_parquet($deliveries) WHERE status_code = 'readmitted') AS again
         ON again.table_name = before.table_name AND again.delivery_id = before.refused_delivery_id
    WHERE before.kind_code IN ('quarantined_document', 'quarantined_row') AND before.decided_by_feed IS NOT NULL
      AND CASE WHEN list_contains(before.reason_codes, 'refused_again')
               THEN coalesce(decided.decision_code, '') <> 'reject' AND again.delivery_id IS NULL
               ELSE decided.decision_code IS NULL END
      AND NOT EXISTS (SELECT 1 FROM place WHERE place.table_name = before.table_name
                      AND place.delivery_id = before.refused_delivery_id AND place.row_number = before.refused_row_number)
),
expected AS (SELECT * FROM of_cycle UNION ALL SELECT * FROM of_closed),
queued AS (
    SELECT table_name, refused_delivery_id AS delivery_id, refused_row_number AS row_number, kind_code, effect_rub
    FROM read_parquet($work_queue) WHERE kind_code IN ('quarantined_document', 'quarantined_row')
)
SELECT concat_ws(':', coalesce(expected.table_name, queued.table_name),
                 left(coalesce(expected.delivery_id, queued.delivery_id), 12),
                 coalesce(expected.row_number, queued.row_number)) AS subject
FROM expected FULL JOIN queued USING (table_name, delivery_id, row_number)
WHERE expected.table_name IS NULL OR queued.table_name IS NULL
   OR (queued.table_name = 'billing_documents') <> (queued.kind_code = 'quarantined_document')
ORDER BY subject
