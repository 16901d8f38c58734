-- statuses of persons as holds: of one told anew the last row counts, a family is held as the mobilised person
statuses AS (
    SELECT person_id, CASE status_code WHEN 'mobilised_family' THEN 'mobilised' ELSE status_code END AS reason_code,
           valid_from AS from_on, valid_to AS to_on
    FROM read_parquet($person_statuses) WHERE status_code <> 'subsidy'
    QUALIFY row_number() OVER (PARTITION BY person_id, status_code, valid_from ORDER BY registered_at DESC, event_id DESC) = 1
),
