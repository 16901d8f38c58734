"""Facts by DuckDB: over the file of views that `raschet views` writes.

    read_duckdb.py VIEWS KINDS    KINDS: {"table": {"column": "kind"}} as JSON; prints the facts as JSON
"""

import json
import sys

import duckdb

SUMS = {"money": 2, "tariff": 6, "volume": 7}


def expression(column, kind):
    name = f'"{column}"'
    if kind in SUMS:
        return f"CAST(CAST(sum({name}) AS DECIMAL(18,{SUMS[kind]})) AS VARCHAR)"
    if kind in ("count", "integer"):
        return f"CAST(coalesce(sum({name}), 0) AS BIGINT)"
    if kind in ("date", "month"):
        return f"CASE WHEN count({name}) > 0 THEN [CAST(min({name}) AS VARCHAR), CAST(max({name}) AS VARCHAR)] END"
    if kind == "moment":
        form = "'%Y-%m-%d %H:%M:%S.%f'"
        return f"CASE WHEN count({name}) > 0 THEN [strftime(min({name}), {form}), strftime(max({name}), {form})] END"
    if kind == "codes":
        return f"CAST(coalesce(sum(len({name})), 0) AS BIGINT)"
    return f"count(*) FILTER ({name})" if kind == "yes_no" else f"[count({name}), count(DISTINCT {name})]"


def main(views, tables):
    connection = duckdb.connect(views, read_only=True)
    connection.execute("SET TimeZone = 'Europe/Moscow'")
    found = {}
    for name, kinds in tables.items():
        columns = ", ".join(f'{expression(column, kind)} AS "{column}"' for column, kind in kinds.items())
        cursor = connection.execute(f"SELECT run_month, count(*) AS rows, {columns} FROM {name} GROUP BY run_month")
        names = [described[0] for described in cursor.description]
        told = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        found[name] = {row.pop("run_month"): row for row in sorted(told, key=lambda row: row["run_month"])}
    print(json.dumps(found))


main(sys.argv[1], json.loads(sys.argv[2]))
