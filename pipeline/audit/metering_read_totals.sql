-- The same sums as the carried table of contracts tells them for the month. A narrow decimal overflows when multiplied.
SELECT CAST(coalesce(CAST(sum(billed_volume) AS DECIMAL(38, 7)), 0) * 10000000 AS HUGEINT) AS billed_e7,
       CAST(coalesce(CAST(sum(billed_rub) AS DECIMAL(38, 2)), 0) * 100 AS HUGEINT) AS billed_kop,
       CAST(coalesce(CAST(sum(metered_volume) AS DECIMAL(38, 7)), 0) * 10000000 AS HUGEINT) AS metered_e7,
       CAST(coalesce(CAST(sum(metered_rub) AS DECIMAL(38, 2)), 0) * 100 AS HUGEINT) AS metered_kop
FROM read_parquet($contract_reads) WHERE charge_month = $month
