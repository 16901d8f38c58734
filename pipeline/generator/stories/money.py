"""Stories of allocation: advances, reversals, new versions, credits, penalty, designations, writs, change of owner."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import MONTHS, Scene, at, rub

_CONTRACT: Final = "AD-2026-77"


def advance_contract(scene: Scene) -> None:
    """40 000 roubles for February to April are ring-fenced: January does not touch them."""
    scene.event("advance_contracts", at(date(2026, 1, 20), 10), contract_reference=_CONTRACT,
                account_id=scene.ids["main"], from_month=date(2026, 2, 1), to_month=date(2026, 4, 1))
    scene.pay(4_000_000, at(date(2026, 1, 25)), purpose_code="advance_contract", contract_reference=_CONTRACT)
    scene.pays_on_time(0, 1, 5)
    covered = sum(scene.charged(month) for month in (2, 3, 4))
    scene.eligible(2, 3, 4)
    scene.promise(ring_fenced_left_rub=rub(4_000_000 - covered), contract_reference=_CONTRACT)


def designated_month(scene: Scene) -> None:
    """December stays open while January is typed by the payer: the money goes where it was sent."""
    scene.pay_document(1, designated_document_id=None, designation_code="typed", designated_month=date(2026, 1, 1))
    scene.pay_document(2)
    scene.pay_document(0, on=date(2026, 3, 20), designated_document_id=None, designation_code="typed",
                       designated_month=date(2025, 12, 1))
    scene.pays_on_time(3, 4, 5)
    scene.refused(0, "is_paid_in_full", missing_kop=scene.charged(0))
    scene.refused(1, "is_free_of_past_debt", missing_kop=scene.charged(0))
    scene.refused(2, "is_free_of_past_debt", missing_kop=scene.charged(0))


def reversal_in_cycle(scene: Scene) -> None:
    paid = scene.pay_document(0)
    scene.reverse(paid, at(date(2025, 12, 29), 9), date(2026, 1, 3))
    scene.pay_document(0, on=date(2026, 1, 15))
    scene.pays_on_time(1, 2, 3, 4, 5)
    scene.eligible(0)
    scene.promise(reversed_rub=rub(scene.charged(0)), open_at_the_end_rub="0.00")


def reversal_after_month(scene: Scene) -> None:
    """January's bonus is final; the reversal in March opens January again and blocks the next one."""
    scene.pays_on_time(0, 4, 5)
    paid = scene.pay_document(1)
    scene.reverse(paid, at(date(2026, 3, 16), 9), date(2026, 3, 18))
    scene.pay_document(2)
    scene.pay_document(1, on=date(2026, 4, 2))
    scene.pays_on_time(3)
    scene.eligible(1)
    scene.granted_not(2)
    scene.promise(reversed_rub=rub(scene.charged(1)), open_at_the_end_rub="0.00")


def corrected_document(scene: Scene) -> None:
    """Version 2 of February is 300 roubles cheaper; the money on version 1 moves over, the rest is an advance."""
    first, lines = scene.document(2), scene.lines(2)
    second = first | {"document_id": scene.document_id(2, kind="M2"), "version": 2,
                      "supersedes_document_id": first["document_id"], "issued_on": date(2026, 3, 12)}
    scene.book.documents[second["document_id"]] = second
    scene.book.charges[second["document_id"]] = [line | {"document_id": second["document_id"]} for line in lines]
    paid = scene.charged(2)
    housing = next(line for line in scene.lines(2, kind="M2") if line["service_code"] == "housing")
    housing["charged_kop"] -= 30_000
    scene.resum(2, kind="M2")
    scene.pay_document(2, amount_kop=paid)
    scene.pay_document(3, amount_kop=scene.charged(3) - 30_000)
    scene.pays_on_time(0, 1, 4, 5)
    scene.eligible(2, 3)
    scene.promise(live_document_id=second["document_id"], surplus_rub="300.00", open_at_the_end_rub="0.00")


def negative_correction(scene: Scene) -> None:
    """March takes back more water than it charges: the rest is an advance of the water company only."""
    sewage, water = scene.line(3, "sewage"), scene.line(3, "cold_water")
    water["recalculated_kop"] = -(water["charged_kop"] + sewage["payable_kop"] + 50_000)
    scene.resum(3)
    scene.pays_on_time(*MONTHS)
    scene.promise(ring_fenced_advance_rub={"run": "2026-03", "creditor_id": "water", "amount": "500.00"},
                  open_at_the_end_rub="0.00")


def _with_penalty(scene: Scene, month: int, penalty_kop: int) -> None:
    housing = scene.line(month, "housing")
    scene.lines(month).append(housing | {
        "contract_id": housing["contract_id"].replace("housing", "penalty"), "service_code": "penalty",
        "basis_code": "act", "volume_e7": None, "unit_code": None, "tariff_e6": None, "charged_kop": penalty_kop,
        "recalculated_kop": 0, "benefit_kop": 0, "payable_kop": penalty_kop,
    })
    scene.resum(month)


def penalty(scene: Scene) -> None:
    """Penalty is paid by purpose (February), by the exact total with it (March), and never by a plain payment."""
    for month, penalty_kop in ((2, 12_345), (3, 4_567), (4, 1_000)):
        _with_penalty(scene, month, penalty_kop)
    scene.pays_on_time(0, 1, 2, 5)
    scene.pay_document(2, amount_kop=12_345, on=scene.day(2, 6), purpose_code="penalty")
    scene.pay_document(3, amount_kop=scene.charged(3) + 4_567)
    scene.pay_document(4)
    scene.eligible(3, 4)
    scene.promise(penalty_left_open_rub={"2026-02": "0.00", "2026-03": "0.00", "2026-04": "10.00"})


def new_owner(scene: Scene) -> None:
    """The flat is sold on 1 March; April's money for March comes to the old account and belongs to the new one."""
    scene.pays_on_time(0, 1, 2, role="old")
    astray = scene.pay(scene.charged(3, "new"), at(scene.day(3)), role="old")
    scene.pays_on_time(4, 5, role="new")
    scene.eligible(3, role="new")
    scene.promise(placed={"payment_id": astray["payment_id"], "account_id": scene.ids["new"]})


def before_opening(scene: Scene) -> None:
    """Money comes to an account three days before it opens; a predecessor exists, so it is accepted."""
    scene.pays_on_time(0, role="old")
    early = scene.pay(scene.charged(1, "old"), at(date(2026, 2, 26)), role="new")
    scene.pays_on_time(2, role="old", is_eligible=False)
    scene.pays_on_time(3, 4, 5, role="new", is_eligible=False)
    scene.promise(accepted_payment_id=early["payment_id"], is_suspended=False)


def closed_with_debt(scene: Scene) -> None:
    """The account is closed, January is still open: a late payment is accepted and closes it."""
    scene.pays_on_time(0)
    late = scene.pay(scene.charged(1), at(date(2026, 3, 10)))
    scene.promise(accepted_payment_id=late["payment_id"], is_suspended=False, open_at_the_end_rub="0.00")


def court_writ(scene: Scene) -> None:
    """5 000 roubles from the bailiff go to the managing company's items of the writ only.

    The water is paid in full after its application was filed; the order for electricity is cancelled.
    """
    from pipeline.generator.stories.debts import owe

    items = owe(scene, range(14, 20))
    owed = dict(items.group_by("creditor_id").agg(pl.col("outstanding_kop").sum()).rows())
    for number, creditor in enumerate(("rassvet", "water", "power"), start=77):
        case = f"2-{number}/2026"
        scene.event("court_cases", at(date(2026, 1, 15), 11), court_case_id=case, account_id=scene.ids["main"],
                    creditor_id=creditor, from_month=date(2024, 5, 1), to_month=date(2024, 10, 1))
        happened(scene, case, "filed", date(2026, 1, 20), principal_kop=owed[creditor])
    happened(scene, "2-77/2026", "ordered", date(2026, 2, 2), principal_kop=owed["rassvet"])
    happened(scene, "2-77/2026", "writ_sent", date(2026, 3, 5), addressee_code="bailiffs")
    happened(scene, "2-79/2026", "ordered", date(2026, 2, 9), principal_kop=owed["power"])
    happened(scene, "2-79/2026", "cancelled", date(2026, 2, 25))
    scene.pays_on_time(*MONTHS, is_eligible=False)
    taken = scene.pay(500_000, at(date(2026, 3, 12)), channel="other_bank", payer_code="bailiff",
                      purpose_code="enforcement", court_case_id="2-77/2026")
    happened(scene, "2-77/2026", "enforced", date(2026, 3, 16), addressee_code="bailiffs", principal_kop=500_000,
              payment_id=taken["payment_id"])
    scene.pay(owed["water"], at(date(2026, 5, 25)), designated_creditor_id="water")
    for month in MONTHS:
        scene.refused(month, "is_free_of_past_debt")
    scene.promise(
        enforced={"payment_id": taken["payment_id"], "creditor_id": "rassvet", "amount": "5000.00"},
        court_cases={
            "2-77/2026": {"stage_code": "writ", "next_action_code": "none", "open_rub": rub(owed["rassvet"] - 500_000)},
            "2-78/2026": {"stage_code": "filed", "next_action_code": "withdraw", "open_rub": "0.00"},
            "2-79/2026": {"stage_code": "cancelled", "next_action_code": "claim", "open_rub": rub(owed["power"])},
        },
        claim={"court_case_id": "2-79/2026", "claimed_rub": rub(owed["power"]), "duty_rub": "4000.00",
               "duty_to_pay_rub": "4000.00", "file_by_on": "2026-08-25"},
    )


def happened(scene: Scene, case: str, code: str, on: date, **more: Any) -> None:
    """An event of a court case, told on the day after."""
    nothing = dict.fromkeys(("addressee_code", "principal_kop", "duty_kop", "penalty_kop", "payment_id"))
    told: dict[str, Any] = nothing | more
    told |= {"court_case_id": case, "event_code": code, "event_on": on}
    scene.event("court_events", at(on + timedelta(days=1), 11), **told)


STORIES: Final = (
    Story("advance_contract", "Договор аванса на февраль–апрель: деньги только этих месяцев.", advance_contract),
    Story("designated_month", "Плательщик назвал месяц: деньги идут туда, а старый долг остаётся.", designated_month),
    Story("reversal_in_cycle", "Платёж отозван и повторён в том же месяце.", reversal_in_cycle),
    Story("reversal_after_month", "Платёж января отозван в марте: бонус января остаётся, следующий закрыт.",
          reversal_after_month),
    Story("corrected_document", "Февральская квитанция заменена второй версией, деньги переходят на неё.",
          corrected_document),
    Story("negative_correction", "Перерасчёт воды больше начисления: аванс только водоканалу.", negative_correction),
    Story("penalty", "Пени: отдельным платежом, точной суммой с пенями, и без пеней.", penalty),
    Story("new_owner", "Квартира продана: старый счёт закрыт, деньги пришли на него и перешли преемнику.", new_owner, (
        Role("old", closed_on=date(2026, 2, 28), successor="new", last_month=2),
        Role("new", flat_of="old", opened_on=date(2026, 3, 1), first_month=3, is_announced=False),
    )),
    Story("before_opening", "Платёж на новый счёт раньше его открытия, предшественник есть.", before_opening, (
        Role("old", closed_on=date(2026, 2, 28), successor="new", last_month=2),
        Role("new", flat_of="old", opened_on=date(2026, 3, 1), first_month=3, is_announced=False),
    )),
    Story("closed_with_debt", "Счёт закрыт с долгом, долг оплачен позже.", closed_with_debt,
          (Role(closed_on=date(2026, 1, 31), last_month=1),)),
    Story("court_writ", "Деньги пристава: только по исполнительному документу.", court_writ),
)
