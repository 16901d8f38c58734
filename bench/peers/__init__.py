"""The same job by other engines: pandas, DuckDB, Spark and the pipeline on one set of files, with one answer."""
