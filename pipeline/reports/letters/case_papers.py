"""Papers of a court case as values of their templates: application, calculations of debt and penalties, statement.

Every sum is that of the case; texts say what is not known instead of guessing. Not here: which files there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from pipeline.money import roubles_of
from pipeline.rendering.claim_words import UNKNOWN_DUTY
from pipeline.rendering.russian import day, decimal, month_name
from pipeline.rendering.sums_in_words import in_words
from pipeline.reports.letters.cases import Case, identifiers
from pipeline.reports.letters.letter_values import amount, payee_values, penalty_articles
from pipeline.reports.letters.payees import Known
from pipeline.reports.letters.shared_debt import answer
from pipeline.storage.centre import Centre

_NO_BIRTH: Final = ("дата рождения взыскателю неизвестна", "место рождения взыскателю неизвестно")
_NO_IDENTIFIER: Final = "идентификатор взыскателю неизвестен"
_LEFT: Final = "____________________ (лицевой счёт закрыт)"


@dataclass(frozen=True, slots=True)
class Around:
    """What papers of all cases share, and the creditor, address and number of this one."""

    centre: Centre
    known: Known
    address: str
    services: Mapping[str, str]
    run_on: date
    number: str


def heading(case: Case, around: Around) -> dict[str, Any]:
    """What stands on every paper of a case."""
    return {
        "number": around.number, "on": day(around.run_on), "case": case.told_as,
        "accounts": ", ".join(case.accounts), "address": around.address, "centre": asdict(around.centre),
        "creditor": payee_values(around.known),
        "period": period(case), "principal": amount(case.principal_kop), "penalty": amount(case.penalty_kop),
        "price": amount(case.price_kop),
        "duty": "" if case.duty_kop is None else amount(case.duty_kop), "duty_unknown": UNKNOWN_DUTY,
    }


def application(case: Case, around: Around, attachments: list[str]) -> dict[str, Any]:
    """Values of `application.typ` and `application.docx`."""
    how = answer(case.holders, case.sums)
    return heading(case, around) | {
        "court": case.court_name or "____________________ (судебный участок по месту жительства должника)",
        "court_address": case.court_address,
        "debtors": [debtor_values(person, around.address) for person in case.debtors or (None,)],
        "is_one": not how.how, **how.values, "services": ", ".join(_services(case, around)),
        "has_capital_repair": "capital_repair" in set(case.items["debt_kind_code"]),
        "principal_in_words": in_words(roubles_of(case.principal_kop)),
        "price_in_words": in_words(roubles_of(case.price_kop)),
        "has_penalty": case.penalty_kop > 0, "penalty_until": day(case.penalty_until),
        "penalty_articles": penalty_articles(set(case.segments["debt_kind_code"])),
        "penalty_note": " ".join(filter(None, (penalty_note(case), left_out(case)))),
        "covered": amount(case.covered_kop) if case.covered_kop else "",
        "attachments": attachments,
    }


def debt_calculation(case: Case, around: Around) -> dict[str, Any]:
    """Values of `debt_calculation.typ`: charged, paid and left by month and service."""
    summed = case.items.group_by("billing_month", "service_code").agg(
        pl.col("due_on").min(), *(pl.col(name).sum() for name in ("billed_kop", "paid_kop", "outstanding_kop"))
    ).sort("billing_month", "service_code")
    rows = [
        [month_name(row["billing_month"]), around.services.get(row["service_code"], row["service_code"]),
         day(row["due_on"]), amount(row["billed_kop"]), amount(row["paid_kop"]), amount(row["outstanding_kop"])]
        for row in summed.to_dicts()
    ]
    totals = [amount(int(summed[name].sum())) for name in ("billed_kop", "paid_kop", "outstanding_kop")]
    return heading(case, around) | {
        "rows": rows, "totals": totals, "covered": amount(case.covered_kop) if case.covered_kop else "",
    }


def penalty_calculation(case: Case, around: Around) -> dict[str, Any]:
    """Values of `penalty_calculation.typ`: every segment with days, base, rate and fraction."""
    rows = [
        [month_name(row["billing_month"]), around.services.get(row["service_code"], row["service_code"]),
         day(row["due_on"]), f"{day(row['from_on'])} — {day(row['to_on'])}", str(row["days"]),
         amount(row["base_kop"]), _rate(row["rate_percent_e7"]), f"1/{row['fraction_denominator']}",
         amount(row["penalty_kop"])]
        for row in merged(case)
    ]
    articles = "; ".join(case.segments["article"].unique().sort())
    return heading(case, around) | {
        "rows": rows, "until": day(case.penalty_until), "articles": articles, "note": penalty_note(case),
        "counted": amount(case.counted_kop), "left_out": left_out(case),
    }


def statement(case: Case, around: Around, balances: pl.DataFrame, payments: pl.DataFrame) -> dict[str, Any]:
    """Values of `statement.typ`: payments of the months claimed, those of other months apart. balances: account × run
    month with flows; payments: day, account, billing month, kopecks."""
    flows = ("opening_kop", "billed_kop", "paid_kop", "reversed_kop", "transferred_kop", "closing_kop")
    months = case.items["billing_month"]
    own = pl.col("billing_month").is_between(months.min(), months.max())
    laid = {name: payments.filter(of).group_by("paid_on", "account_id", maintain_order=True).agg(
        pl.col("laid_kop").sum()).filter(pl.col("laid_kop") != 0) for name, of in (("payments", own), ("others", ~own))}
    return heading(case, around) | {
        "months": [
            [row["account_id"], month_name(row["run_month"]), *(amount(row[flow]) for flow in flows)]
            for row in balances.to_dicts()
        ],
        **{name: [[day(row["paid_on"]), row["account_id"], amount(row["laid_kop"])] for row in rows.to_dicts()]
           for name, rows in laid.items()},
        "paid": amount(int(laid["payments"]["laid_kop"].sum())),
        "paid_others": amount(int(laid["others"]["laid_kop"].sum())),
    }


def merged(case: Case) -> list[dict[str, Any]]:
    """Segments as the calculation shows them: parts of a month and service with the same days are one line, and so are
    days in a row of the same debt. A part of a debt that was paid later, or a line that a later bill corrected, would
    else stand beside the rest as if it were told twice."""
    terms = ("account_id", "billing_month", "service_code", "due_on", "rate_percent_e7", "fraction_denominator",
             "article")
    told = case.items.select("document_id", "billing_month", "due_on").unique("document_id", keep="first")
    summed = (
        case.segments.join(told, on="document_id", how="left")
        .group_by(*terms, "from_on", "to_on").agg(pl.col("base_kop", "penalty_kop").sum())
        .sort("account_id", "due_on", "billing_month", "service_code", "from_on", "to_on", "fraction_denominator",
              "rate_percent_e7", "base_kop", "article")
    )
    lines: list[dict[str, Any]] = []
    for row in summed.to_dicts():
        last = lines[-1] if lines else None
        if last is not None and row["from_on"] == last["to_on"] + timedelta(days=1) and all(
            row[name] == last[name] for name in (*terms, "base_kop")
        ):
            last |= {"to_on": row["to_on"], "penalty_kop": last["penalty_kop"] + row["penalty_kop"]}
        else:
            lines.append(row)
    return [line | {"days": (line["to_on"] - line["from_on"]).days + 1} for line in lines]


def penalty_note(case: Case) -> str:
    """Why no penalty, or not the whole of it, is claimed; empty when all of it is."""
    if not case.is_penalty_known:
        return "Пени в этом требовании не заявлены: в участке они не рассчитаны. Взыскатель сохраняет право на них."
    if case.missing_rule:
        return (f"Пени рассчитаны по {day(case.penalty_until)}: на следующие дни нет действующего значения правила "
                f"{case.missing_rule}.")
    return "" if case.penalty_kop else "Пени в этом требовании не заявлены."


def left_out(case: Case) -> str:
    """What of the counted penalties is not claimed; empty when all of it is. Why a part is left out in doubt is told to
    the lawyer (`to_check.typ`), not to the court: an order is for what is beyond dispute (ГПК РФ, ст. 125)."""
    told = [f"{what} {amount(kop)} ₽" for kop, what in (
        (case.penalty_paid_kop, "оплачено"), (case.penalty_doubt_kop, "не заявляется"),
        (case.penalty_kop, "к взысканию"),
    ) if kop]
    is_whole = not (case.penalty_paid_kop or case.penalty_doubt_kop)
    return "" if is_whole else f"Рассчитано пеней {amount(case.counted_kop)} ₽: {', '.join(told)}."


def period(case: Case) -> str:
    """«январь 2026 — март 2026», by billing month."""
    months = case.items["billing_month"].sort().to_list()
    first, last = month_name(months[0]), month_name(months[-1])
    return first if first == last else f"{first} — {last}"


def debtor_values(person: dict[str, Any] | None, address: str) -> dict[str, str]:
    """Name, birth, address and identifier of a debtor as papers name them; blanks for one whom no register knows."""
    if person is None:
        return {"name": "____________________", "birth": ", ".join(_NO_BIRTH), "address": address,
                "identifier": _NO_IDENTIFIER}
    born = [day(person["birth_on"]) if person["birth_on"] else _NO_BIRTH[0], person["birth_place"] or _NO_BIRTH[1]]
    return {
        "name": person["full_name"] or "____________________", "birth": ", ".join(born),
        "address": _LEFT if person["has_left"] else address,
        "identifier": ", ".join(identifiers(person)) or _NO_IDENTIFIER,
    }


def _services(case: Case, around: Around) -> list[str]:
    return sorted({around.services.get(code, code).lower() for code in case.items["service_code"]})


def _rate(rate_e7: int) -> str:
    return decimal(roubles_of(rate_e7 // 10**5), 2)
