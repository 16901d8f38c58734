"""What a table says, whatever the encoding of its file: rows, exact totals, and a hash of its rows.

The hash of rows names the parts of months that were published under the first format of the manifest, and is taken
nowhere else: over our own spelling of every value (integers, ISO days, microseconds, escaped text), so it is the same
under another polars, compression or row group size.
"""

from __future__ import annotations

import hashlib
import io
from decimal import Decimal
from typing import Any, Final

import polars as pl

from pipeline import money
from pipeline.contracts.table import Kind, Table

_NULL: Final = "\\N"
#: Rows whose text stays in the processor's cache.
_BATCH: Final = 20_000


def content_hash(frame: pl.DataFrame) -> str:
    """SHA-256 of the columns' names and of every row in order.

    Spelling costs more than hashing, and hardly any text needs an escape: a batch is spelled without escapes first, and
    again with them where a line break or a backslash too many shows that one was needed.
    """
    digest = hashlib.sha256("\t".join(frame.columns).encode() + b"\n")
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    for rows in frame.iter_slices(_BATCH):
        batch = rows.with_columns(_listed(pl.col(name)).alias(name) for name in lists)
        backslashes = sum(batch.null_count().row(0))
        backslashes += sum(batch.get_column(name).str.count_matches("\\", literal=True).sum() for name in lists)
        written = _written(batch)
        if written.count(b"\n") != batch.height or written.count(b"\\") != backslashes:
            written = _written(batch.with_columns(_escaped(pl.col(name)) for name in texts))
        digest.update(written)
    return digest.hexdigest()


def combined_hash(parts: dict[str, str]) -> str:
    """One hash of a table from the hashes of its parts."""
    lines = (f"{part}\t{parts[part]}\n" for part in sorted(parts))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def totals_of(frame: pl.DataFrame | pl.LazyFrame) -> dict[str, Any]:
    """{"rows": n, "<money column>": Decimal} of a frame in the outside shape; money is known by its type."""
    schema = frame.lazy().collect_schema()
    sums = [pl.col(name).sum() for name, dtype in schema.items() if dtype == money.MONEY]
    found = frame.lazy().select(pl.len().alias("rows"), *sums).collect().row(0, named=True)
    return {name: int(value) if name == "rows" else _two_digits(value) for name, value in found.items()}


def inside_totals_of(frame: pl.DataFrame, table: Table) -> dict[str, Any]:
    """The same figures from the inside shape: integers, on another path than Decimal."""
    columns = [column for column in table.columns if column.kind is Kind.MONEY]
    sums = [money.widened(column.inside_name).sum().alias(column.name) for column in columns]
    found = frame.select(pl.len().alias("rows"), *sums).row(0, named=True)
    return {name: int(value) if name == "rows" else money.roubles_of(int(value)) for name, value in found.items()}


def written_totals(totals: dict[str, Any]) -> dict[str, Any]:
    """Totals as JSON can hold them: money as text of two digits."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in totals.items()}


def _two_digits(value: Decimal) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))


def _written(batch: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    batch.select(
        _spelled(column.dtype, pl.col(column.name), has_nulls=column.null_count() > 0) for column in batch
    ).write_csv(buffer, include_header=False, quote_style="always", line_terminator="\n")
    return buffer.getvalue()


def _spelled(dtype: pl.DataType, value: pl.Expr, *, has_nulls: bool) -> pl.Expr:
    if dtype in (pl.String, pl.Null):
        plain = value
    elif isinstance(dtype, pl.Decimal):
        plain = value.to_physical().cast(pl.Int64)
    elif isinstance(dtype, pl.Date | pl.Datetime):
        plain = value.to_physical()
    elif dtype == pl.Boolean:
        plain = value.cast(pl.Int8)
    elif dtype.is_integer():
        plain = value
    else:
        raise TypeError(f"no spelling for a column of {dtype}")
    # a number that is always there is spelled by the writer itself, which is quicker
    return plain.cast(pl.String).fill_null(_NULL) if has_nulls else plain


def _listed(members: pl.Expr) -> pl.Expr:
    spelled = members.list.eval(_escaped(pl.element()).fill_null(_NULL))
    # a list of nothing and a list of one empty text differ by their length
    text = pl.concat_str(members.list.len().cast(pl.String), pl.lit(":"), spelled.list.join("\\,"))
    return text.fill_null(_NULL)


def _escaped(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all("\\", "\\\\", literal=True).str.replace_all("\n", "\\n", literal=True)
