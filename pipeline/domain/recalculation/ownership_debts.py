"""Open contributions for capital repair pass to the new owner with the flat; every other debt stays.

    passes = what is open of the months up to the registration, less what the account gives back of them anyway

ЖК РФ, ст. 158, ч. 3. A debt of a former public owner does not pass: an account of an organisation goes to a person. So
does a month that is time-barred, which no document may make new (ГК РФ, ст. 201), or disputed. A debt that passes is
proposed to both accounts and always waits for a person, since the former owner may be paying it.
Where the account number stays it stays on the account. Not here: the fee of the days after the registration.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty
from pipeline.domain.recalculation.ownership import charged_to
from pipeline.domain.recalculation.reductions import ONE, as_proposals
from pipeline.rules.recalculation_owners import OwnerRules

CAUSE: Final = "capital_repair_debt"
#: What this room reads of an open item.
OPEN_ITEM: Final = ("account_id", "contract_id", "service_code", "charge_month", "debt_kind_code", "outstanding_kop",
                    "is_time_barred", "is_disputed")


def open_debts(changes: pl.DataFrame, items: pl.DataFrame, given_back: pl.DataFrame) -> pl.DataFrame:
    """Changes × lines and months with `debt_kop` that passes, and whether anything of the month `is_time_barred` or
    `is_disputed`, which does not. `changes`: new ones whose account number does not stay; `items`: OPEN_ITEM;
    `given_back`: RECALCULATIONS rows of this change."""
    capital = items.filter(pl.col("debt_kind_code") == "capital_repair").drop_nulls("charge_month")
    taken = given_back.filter(pl.col("difference_kop") < 0).group_by(
        "event_id", "account_id", "contract_id", "service_code", "charge_month"
    ).agg(taken_kop=pl.col("difference_kop").sum())
    key = ["account_id", "contract_id", "service_code", "charge_month"]
    is_sound = ~pl.col("is_time_barred") & ~pl.col("is_disputed")
    open_now = capital.with_columns(outstanding_kop=pl.when(is_sound).then("outstanding_kop").otherwise(0)).group_by(
        key
    ).agg(money.total("outstanding_kop"), pl.col("is_time_barred", "is_disputed").any())
    return (
        changes.join(open_now, on="account_id")
        .filter(pl.col("charge_month") <= pl.col("effective_from").dt.month_start())
        .join(taken, on=["event_id", *key], how="left")
        .with_columns(debt_kop=pl.col("outstanding_kop") + pl.col("taken_kop").fill_null(0))
        .filter((pl.col("debt_kop") > 0) | pl.col("is_time_barred") | pl.col("is_disputed")).sort("event_id", *key)
    )


def unsure(debts: pl.DataFrame, *, rules: OwnerRules) -> pl.DataFrame:
    """`faulty` rows of debts of which nobody knows whether they pass."""
    passes = pl.col("account_kind_code").is_in(list(rules.capital_repair_passes_from))
    return faulty(debts, [
        Fault("capital_repair", "former_owner_unknown", ~passes),
        Fault("capital_repair", "debt_time_barred", passes & pl.col("is_time_barred")),
        Fault("capital_repair", "debt_disputed", passes & pl.col("is_disputed")),
    ])


def passed(
    debts: pl.DataFrame, earlier: pl.DataFrame, contracts: pl.DataFrame,
    *, rules: OwnerRules, working_days: pl.Series, book_id: str, month: date, lands_in_month: date,
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, of both accounts. `debts`: of `open_debts`."""
    due = (
        debts.filter(pl.col("account_kind_code").is_in(list(rules.capital_repair_passes_from)), pl.col("debt_kop") > 0)
        .with_columns(cause_code=pl.lit(CAUSE), zone_code=pl.lit(None, dtype=pl.String))
        .join(earlier, on=ONE, how="anti", nulls_equal=True)
        .with_columns(
            reversed_kop="debt_kop", charged_again_kop=pl.lit(0, dtype=pl.Int64), difference_kop=-pl.col("debt_kop"),
            article=pl.lit(rules.capital_repair_article), formula=_formula(),
            volume_part_e7=pl.lit(0, dtype=pl.Int64),
            answer_due_on=answer_due("registered_at", rules.answer_working_days, working_days),
        )
    )
    own = as_proposals(due, contracts, book_id=book_id, month=month, lands_in_month=lands_in_month)
    names = debts.select("event_id", "account_id", "new_account_id").unique()
    return pl.concat([own, charged_to(own, names)])


def _formula() -> pl.Expr:
    """«Право нового собственника зарегистрировано 11.04.2026; долг по взносам на капремонт за … 120,00 ₽ переходит»."""
    return pl.concat_str(
        pl.lit("Право нового собственника зарегистрировано "), wording.day_text(pl.col("effective_from")),
        pl.lit("; долг по взносам на капремонт за "), wording.month_text(pl.col("charge_month")), pl.lit(", "),
        wording.money_text(pl.col("debt_kop")), pl.lit(", переходит к нему."),
    )
