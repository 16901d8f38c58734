"""Facts by pandas (pyarrow beneath): run by the Python of the readers, without a line of ours.

    read_pandas.py BOOK KINDS    KINDS: {"table": {"column": "kind"}} as JSON; prints the facts as JSON
"""

import glob
import json
import sys
from decimal import Decimal

import pandas as pd


def fact(column, kind):
    told = column.dropna()
    if kind in ("money", "volume", "tariff"):
        return str(sum(told, Decimal(0))) if len(told) else None
    if kind in ("count", "integer", "yes_no"):
        return int(told.sum())
    if kind in ("date", "month"):
        return [str(told.min()), str(told.max())] if len(told) else None
    if kind == "moment":
        written = told.dt.tz_convert("Europe/Moscow").dt.strftime("%Y-%m-%d %H:%M:%S.%f")
        return [written.min(), written.max()] if len(told) else None
    if kind == "codes":
        return int(told.map(len).sum())
    return [len(told), int(told.nunique())]


def main(book, tables):
    found = {}
    for name, kinds in tables.items():
        # pandas does not look for files itself: a list, and the folders' key becomes a column
        rows = pd.read_parquet(sorted(glob.glob(f"{book}/published/*/{name}/*.parquet")))
        rows["run_month"] = rows["run_month"].astype(str)
        found[name] = {
            month: {"rows": len(part), **{column: fact(part[column], kind) for column, kind in kinds.items()}}
            for month, part in rows.groupby("run_month")
        }
    print(json.dumps(found))


main(sys.argv[1], json.loads(sys.argv[2]))
