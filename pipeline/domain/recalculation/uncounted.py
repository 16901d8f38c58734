"""True-ups that nobody proposes: registers of a meter that had ceased to count would change months billed by estimate.

Those months are lawful as they are (ПП 354, п. 59 «а», 81(12)), unless a person finds that the meter was sound after
all: a verification in time, an act that was wrong. He is told what the register would come to.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.recalculation import RETURNED_APPLICATIONS
from pipeline.domain.rating import wording

NOT_COUNTED: Final = "not_counted"
#: Why such a reading goes to a person.
REASON: Final = "meter_not_sound"


def uncounted(
    unconfirmed: pl.DataFrame, consumption: pl.DataFrame, true_ups: Callable[[pl.DataFrame], pl.DataFrame], *,
    month: date,
) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows, inside shape, one a reading and account. `true_ups`: what UNCONFIRMED_CHARGES rows
    settled by a reading would come to; `consumption`: this run's readings."""
    lines = unconfirmed.filter(pl.col("settled_code") == NOT_COUNTED)
    if lines.is_empty():
        return RETURNED_APPLICATIONS.empty_inside()
    would = true_ups(lines.with_columns(settled_code=pl.lit("reading"))).group_by("event_id", "account_id").agg(
        pl.col("cause_code").min(), pl.col("service_code").first(), pl.col("difference_kop").sum(),
        pl.col("corrected_months").explode().unique().sort(),
    )
    read = consumption.select("read_on", event_id="reading_id")
    first, last = (pl.col("corrected_months").list.get(place).add("-01").str.to_date("%Y-%m-%d") for place in (0, -1))
    named = would.join(read, on="event_id", how="left").with_columns(
        kind_code="cause_code", house_id=pl.lit(None, dtype=pl.String), premises_id=pl.lit(None, dtype=pl.String),
        from_on=first, to_on=last.dt.month_end(), field_code=pl.lit("meter_id"), reason_code=pl.lit(REASON),
        registered_on=pl.coalesce("read_on", pl.lit(month)), answer_due_on=pl.lit(None, dtype=pl.Date), reason=_words(),
    ).sort("event_id", "account_id")
    return named.select(RETURNED_APPLICATIONS.inside_names).cast(RETURNED_APPLICATIONS.inside_schema)  # type: ignore[arg-type]


def _words() -> pl.Expr:
    """«Счётчик: … По этому показанию вышло бы −590,28 ₽, начисленное без показаний не изменено: решает сотрудник.»"""
    return pl.concat_str(
        pl.lit("Счётчик: он перестал считать раньше, чем снято показание (неисправен, не поверен, не введён или "
               "вскрыт). По этому показанию вышло бы "), wording.money_text(pl.col("difference_kop")),
        pl.lit(", начисленное без показаний не изменено: решает сотрудник."),
    )
