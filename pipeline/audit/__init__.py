"""The second path: promises of the rooms as SQL over Parquet files. Knows tables and rules, imports no domain."""
