-- How many rows of a file are staged more than once, whatever part they are in: one bit for each row of each delivery,
-- the deliveries end to end, so that memory is a bit a row. `$rows_before`: rows of the deliveries before it.
WITH deliveries AS (SELECT unnest($deliveries) AS delivery_id, unnest($rows_before) AS rows_before),
places AS (
    SELECT rows_before + row_number AS place FROM read_parquet($staged) JOIN deliveries USING (delivery_id)
    WHERE row_number >= 1
)
SELECT count(*) - coalesce(bit_count(bitstring_agg(place, 1, $rows_of_all)), 0) AS repeated FROM places
