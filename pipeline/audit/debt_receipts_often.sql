-- No account gets debt receipts on more nights of thirty days than the book allows; those of one night go together.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
had AS (
    SELECT account_id, count(DISTINCT dispatched_on) AS nights FROM read_parquet($dispatches), night
    WHERE list_code = 'debt_receipts' AND dispatched_on BETWEEN night.on - 29 AND night.on GROUP BY account_id
)
SELECT DISTINCT account_id FROM read_parquet($debt_receipts) JOIN had USING (account_id)
WHERE nights >= $receipts_a_month::INTEGER
ORDER BY account_id
