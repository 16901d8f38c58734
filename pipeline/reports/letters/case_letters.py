"""Letters of a filed case as values of `case_letter.typ`: to execute a writ, to reduce a claim, to take it back.

    enforcement_list   application to the bank (229-ФЗ, ст. 8) or to the bailiffs (229-ФЗ, ст. 30)
    withdrawal_list    to the court, the bank or the bailiffs: less is left, or nothing; to a bank that has had its days

Sums are those of the list: principal, penalties, duty. What is not known is left blank, never guessed. Debtors are who
answered for the account when the case was filed: a later owner owes nothing by it. Not here: what is asked, by article
(`case_requests.py`), files (`case_batches.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from pipeline.domain.debt.paper_numbers import letter_of_case
from pipeline.money import roubles_of
from pipeline.rendering.russian import day
from pipeline.rendering.sums_in_words import in_words
from pipeline.reports.letters.case_papers import debtor_values
from pipeline.reports.letters.case_requests import ASKS, RETURN_TO_CLAIMANT, TITLES
from pipeline.reports.letters.letter_values import amount, payee_values
from pipeline.reports.letters.payees import Known
from pipeline.storage.centre import Centre

BANK: Final = "____________________ (банк или иная кредитная организация, где у должника открыт счёт)"
BAILIFFS: Final = "____________________ (отделение судебных приставов по месту жительства должника)"
COURT: Final = "____________________ (суд, рассматривающий дело)"
KINDS: Final = {"principal": "Основной долг", "penalty": "Пени", "duty": "Государственная пошлина"}
_BLANK_DAY: Final = "«____» ______________ 20__ г."


@dataclass(frozen=True, slots=True)
class CaseLetter:
    """One row of a list with all that its letter names. Sums by KINDS in kopecks: what the addressee holds (none for a
    writ that is only sent) and what is left to collect."""

    case_id: str
    addressee: str
    asked: str
    account_id: str
    creditor_id: str
    held: Mapping[str, int]
    left: Mapping[str, int]
    double_kop: int
    act: str
    act_on: date | None
    waived_on: date | None
    payments: tuple[tuple[date, int], ...]
    """Day and kopecks of what was paid of the months of the case since it was filed, in order."""
    debtors: tuple[dict[str, Any], ...]
    has_minor: bool
    address: str
    to: str
    to_address: str
    centre: Centre
    known: Known
    run_on: date

    @property
    def left_kop(self) -> int:
        return sum(self.left.values())

    @property
    def number(self) -> str:
        listed = "enforcement_list" if self.asked == "writ" else "withdrawal_list"
        return letter_of_case(listed, self.run_on, self.case_id, self.addressee)

    @property
    def price_kop(self) -> int:
        """What is left of the price of the claim: costs of the court are no part of it (ГПК РФ, ст. 91, 98)."""
        return self.left["principal"] + self.left["penalty"]


def values(letter: CaseLetter) -> dict[str, Any]:
    """Values of `case_letter.typ` and `case_letter.docx`."""
    said = {"writ": _writ, "return": _given_back}.get(letter.asked, _less)(letter)
    payee = letter.known.payee
    account = [f"{name} {value}".strip() for name, value in (
        ("получатель", payee.name), ("расчётный счёт", payee.account), ("", payee.bank_name), ("БИК", payee.bic),
        ("корр. счёт", payee.correspondent_account),
    ) if value]
    return said | {
        "case": letter.case_id, "on": day(letter.run_on), "centre": asdict(letter.centre),
        "number": letter.number, "creditor": payee_values(letter.known),
        "to": letter.to, "to_address": letter.to_address,
        "debtors": [debtor_values(person, letter.address) for person in letter.debtors or (None,)],
        "account": account if letter.asked == "writ" and payee.account else [],
    }


def _writ(letter: CaseLetter) -> dict[str, Any]:
    to_bank = letter.addressee == "bank"
    total = letter.left_kop
    sums = f"{amount(total)} ₽ ({in_words(roubles_of(total))})"
    asks = [
        f"принять к исполнению {_document(letter)} и списать со счетов должника в пользу взыскателя {sums}.",
        "при недостатке денег на счетах исполнять документ по мере их поступления (229-ФЗ, ст. 70).",
    ] if to_bank else [
        f"возбудить исполнительное производство по документу: {_document(letter)}, о взыскании {sums};",
        "установить имущество и доходы должника, в том числе счета в банках и место работы, и обратить на них "
        "взыскание;",
        "о возбуждении производства сообщить представителю взыскателя по адресу, указанному выше.",
    ]
    return {
        "title": "Заявление о принятии исполнительного документа к исполнению" if to_bank
        else "Заявление о возбуждении исполнительного производства",
        "paragraphs": [
            f"По делу № {letter.case_id} {_acted(letter)} о взыскании с должника задолженности по "
            "оплате жилого помещения и коммунальных услуг в пользу взыскателя. Документ вступил в законную силу; "
            "добровольно он полностью не исполнен. Учтены платежи, поступившие по "
            f"{day(letter.run_on)} включительно.",
        ],
        "basis": (
            "На основании ст. 8, 70 Федерального закона от 02.10.2007 № 229-ФЗ «Об исполнительном производстве»"
            if to_bank else
            "На основании ст. 30 Федерального закона от 02.10.2007 № 229-ФЗ «Об исполнительном производстве»"
        ),
        "asks": asks, **_to_collect(letter),
        "attachments": [f"{_document(letter)} (подлинник);", "доверенность представителя (копия)."],
    }


def _given_back(letter: CaseLetter) -> dict[str, Any]:
    """The bank has had its days and is to give the writ back, so that it goes to the bailiffs."""
    return {
        "title": TITLES[letter.asked, letter.addressee], "basis": "В связи с этим", "asks": _asks(letter),
        "paragraphs": [
            f"По делу № {letter.case_id} {_acted(letter)} о взыскании с должника задолженности по оплате жилого "
            "помещения и коммунальных услуг; документ исполняется в банке. По учёту взыскателя на "
            f"{day(letter.run_on)} взыскано не всё, осталось {_sum(letter.left_kop)}. Взыскатель предъявляет документ "
            "судебным приставам.",
        ],
        **_to_collect(letter), "attachments": ["доверенность представителя (копия)."],
    }


def _to_collect(letter: CaseLetter) -> dict[str, Any]:
    return {
        "heads": ["К взысканию", "Сумма, ₽"], "totals": ["Всего", amount(letter.left_kop)],
        "rows": [[name, amount(letter.left[kind])] for kind, name in KINDS.items() if letter.left[kind]],
    }


def _less(letter: CaseLetter) -> dict[str, Any]:
    held, stands = sum(letter.held.values()), "Заявлено" if letter.addressee == "court" else "Числится"
    paid = [
        f"По делу № {letter.case_id} {_holds(letter)} задолженность по оплате жилого помещения и коммунальных услуг. "
        f"По учёту взыскателя на {day(letter.run_on)} {_standing(letter)}",
        *([f"После обращения в суд в счёт основного долга поступило: {_payments(letter)}."] if letter.payments else []),
        *([f"Взыскано сверх остатка и подлежит возврату должнику: {amount(letter.double_kop)} ₽."]
          if letter.double_kop else []),
    ]
    return {
        "title": TITLES[letter.asked, letter.addressee], "paragraphs": paid, "basis": "В связи с этим",
        "heads": ["", f"{stands}, ₽", "Осталось, ₽", "Уменьшить на, ₽"],
        "rows": [[name, *(amount(sum_kop) for sum_kop in (
            letter.held[kind], letter.left[kind], letter.held[kind] - letter.left[kind]))]
            for kind, name in KINDS.items() if letter.held[kind]],
        "totals": ["Всего с пошлиной" if letter.held["duty"] else "Всего",
                   amount(held), amount(letter.left_kop), amount(held - letter.left_kop)],
        "asks": _asks(letter),
        "attachments": ["доверенность представителя (копия)."],
    }


def _payments(letter: CaseLetter) -> str:
    """«25.05.2026 — 2 400,06 ₽; всего 2 400,06 ₽»."""
    told = [f"{day(on)} — {amount(kopecks)} ₽" for on, kopecks in letter.payments]
    total = [f"всего {amount(sum(kopecks for _, kopecks in letter.payments))} ₽"] if len(told) > 1 else []
    return "; ".join([*told, *total])


def _standing(letter: CaseLetter) -> str:
    """What is left, and why the rest is not asked for: paid, or given up by the creditor."""
    given_up = ("от взыскания остатка пеней и расходов на государственную пошлину взыскатель отказался "
                f"{day(letter.waived_on)}") if letter.waived_on else ""
    if letter.asked != "reduce":
        return f"основной долг погашен, {given_up}." if given_up else "она погашена полностью."
    if letter.addressee == "court":
        said = f"она погашена частично и составляет {_sum(letter.price_kop)}" if letter.price_kop else "она погашена"
        duty = letter.left["duty"]
        said += f"; не возмещены расходы на уплату государственной пошлины — {_sum(duty)}" if duty else ""
    else:
        of = " с учётом пеней и государственной пошлины" if letter.left["duty"] or letter.left["penalty"] else ""
        said = f"она погашена частично; остаток взыскания{of} составляет {_sum(letter.left_kop)}"
    return f"{said}; {given_up}." if given_up else f"{said}."


def _sum(kopecks: int) -> str:
    return f"{amount(kopecks)} ₽ ({in_words(roubles_of(kopecks))})"


def _asks(letter: CaseLetter) -> list[str]:
    if (letter.asked, letter.addressee) == ("reduce", "court"):
        return _of_court(letter)
    if letter.waived_on and (letter.asked, letter.addressee) == ("recall", "bailiffs"):
        return list(RETURN_TO_CLAIMANT)
    return [ask.format(left=amount(letter.left_kop)) for ask in ASKS[letter.asked, letter.addressee]]


def _of_court(letter: CaseLetter) -> list[str]:
    """The price of the claim and the duty are two requests: the duty is shared out by the court, not claimed."""
    price, duty = letter.price_kop, letter.left["duty"]
    asks = [
        f"считать требование заявленным на {amount(price)} ₽ (ст. 39 Гражданского процессуального кодекса РФ)" if price
        else "принять отказ от требования о взыскании задолженности и пеней, погашенных после обращения в суд "
        "(ст. 39 Гражданского процессуального кодекса РФ)"
    ]
    if duty:
        asks.append(f"взыскать с должника расходы на уплату государственной пошлины — {amount(duty)} ₽ "
                    "(ст. 98, 101 Гражданского процессуального кодекса РФ)")
    return [f"{one};" for one in asks[:-1]] + [f"{asks[-1]}."]


def _document(letter: CaseLetter) -> str:
    when = day(letter.act_on) if letter.act_on else _BLANK_DAY
    name = "исполнительный лист по решению" if letter.act == "decided" else "судебный приказ"
    return f"{name} по делу № {letter.case_id} от {when}"


def _acted(letter: CaseLetter) -> str:
    when = day(letter.act_on) if letter.act_on else _BLANK_DAY
    return f"{when} {'принято решение' if letter.act == 'decided' else 'вынесен судебный приказ'}"


def _holds(letter: CaseLetter) -> str:
    return {"court": "в суде заявлена", "bank": "в банке исполняется документ, по которому взыскивается",
            "bailiffs": "у судебных приставов исполняется документ, по которому взыскивается"}[letter.addressee]
