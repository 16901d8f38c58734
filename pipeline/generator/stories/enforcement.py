"""Stories of what collection leads to: an instalment kept and one broken, a receipt by post, an order, a soldier.

Here: papers and acts after the first reminders. Not here: reminders and the way to court (`debts.py`), money that the
bailiffs bring (`money.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import polars as pl

from pipeline.generator.stories.debts import owe
from pipeline.generator.stories.money import happened
from pipeline.generator.stories.roles import PLAIN_HOUSE, Role, Story
from pipeline.generator.stories.scene import MONTHS, Scene, at, rub
from pipeline.generator.tariffs import COLD_WATER, ELECTRICITY
from pipeline.generator.town import House

SIGNED_ON: Final = date(2026, 4, 20)
#: Last day of each part: February's sums, then March's.
PARTS_DUE: Final = ((2, date(2026, 5, 20)), (3, date(2026, 6, 25)))
#: A debt receipt goes out from this sum of one creditor.
_RECEIPT_MIN_KOP: Final = 100_000
#: State duty of an order for such a sum.
_DUTY_KOP: Final = 200_000


def _by_creditor(scene: Scene, months: Iterable[int], role: str = "main") -> dict[str, int]:
    """What the documents of these months charge for each creditor."""
    house, sums = House(PLAIN_HOUSE), dict[str, int]()
    for month in months:
        for line in scene.lines(month, role):
            creditor = house.creditor(line["service_code"])
            sums[creditor] = sums.get(creditor, 0) + line["payable_kop"]
    return dict(sorted(sums.items()))


def instalment(scene: Scene) -> None:
    """February and March are spread over two parts. One pays February by its day and goes on; the other pays nothing
    of it, so that the debt is due at once."""
    promised = {}
    for role in ("kept", "broken"):
        scene.pays_on_time(0, 1, role=role)
        scene.pays_on_time(4, 5, role=role, is_eligible=False)
        agreement = f"Р-{scene.ids[role][-5:]}"
        for month, due_on in PARTS_DUE:
            for creditor, part_kop in _by_creditor(scene, [month], role).items():
                scene.event("instalment_agreements", at(SIGNED_ON, 14), agreement_id=agreement,
                            account_id=scene.ids[role], creditor_id=creditor, signed_on=SIGNED_ON,
                            part_due_on=due_on, part_kop=part_kop)
            scene.refused(month, "is_paid_in_full", role=role, missing_kop=scene.charged(month, role))
        for month in (4, 5):
            scene.refused(month, "is_free_of_past_debt", role=role)
        paid_kop = scene.charged(2, role) if role == "kept" else 0
        first_due_on = dict(PARTS_DUE)[3 if role == "kept" else 2]
        promised[role] = {
            "status_code": role, "agreed_rub": rub(scene.charged(2, role) + scene.charged(3, role)),
            "paid_rub": rub(paid_kop), "next_on": str(first_due_on),
        }
    scene.pay_document(2, role="kept", on=date(2026, 5, 15))
    scene.promise(as_of="2026-06-20", instalments=promised)


def order_and_receipt(scene: Scene) -> None:
    """No phone: the new debt calls for receipts. Of the old one an order for electricity is in force, so its writ goes
    to the bank; the application for water lies with the court."""
    old = owe(scene, range(14, 20), services=(COLD_WATER, ELECTRICITY))
    owed = dict(old.group_by("creditor_id").agg(pl.col("outstanding_kop").sum()).rows())
    for case, creditor, filed_on in (("2-80/2026", "power", date(2026, 3, 10)), ("2-81/2026", "water",
                                                                                 date(2026, 6, 2))):
        scene.event("court_cases", at(filed_on, 10), court_case_id=case, account_id=scene.ids["main"],
                    creditor_id=creditor, from_month=date(2024, 5, 1), to_month=date(2024, 10, 1))
        happened(scene, case, "filed", filed_on, principal_kop=owed[creditor], duty_kop=_DUTY_KOP)
    happened(scene, "2-80/2026", "ordered", date(2026, 5, 6), principal_kop=owed["power"], duty_kop=_DUTY_KOP)
    scene.pays_on_time(0, is_eligible=False)
    scene.refused(0, "is_free_of_past_debt")
    for month in MONTHS[1:]:
        scene.refused(month, "is_paid_in_full", missing_kop=scene.charged(month))
    claimed = _by_creditor(scene, MONTHS[1:])
    scene.promise(
        as_of="2026-06-20",
        # a case that is not over holds messages to its creditor's debtor
        receipts=[creditor for creditor, sum_kop in claimed.items() if sum_kop >= _RECEIPT_MIN_KOP
                  and creditor not in owed],
        enforcement={"court_case_id": "2-80/2026", "addressee_code": "bank", "claimed_rub": rub(owed["power"]),
                     "duty_rub": rub(_DUTY_KOP)},
        court_cases={
            "2-80/2026": {"stage_code": "ordered", "next_action_code": "writ", "open_rub": rub(owed["power"])},
            "2-81/2026": {"stage_code": "filed", "next_action_code": "none", "open_rub": rub(owed["water"])},
        },
    )


def mobilised(scene: Scene) -> None:
    """The holder is called up in February and pays nothing since: nobody writes, and no penalty grows."""
    scene.pays_on_time(0, 1)
    scene.event("person_statuses", at(date(2026, 2, 12), 15), person_id=f"p-{scene.ids['main']}",
                status_code="mobilised", document="справка военкомата № 118 от 02.02.2026",
                valid_from=date(2026, 2, 1), valid_to=None)
    for month in MONTHS[2:]:
        scene.refused(month, "is_paid_in_full", missing_kop=scene.charged(month))
    scene.promise(as_of="2026-06-20", holds=["mobilised"], person_is_on_sms_list=False,
                  free_of_penalties_from="2026-02-01")


_NO_PHONE: Final = {"phone": None, "phone_source_code": None, "phone_verified_on": None}
STORIES: Final = (
    Story("instalment", "Рассрочка: один платит её части в срок, другой не заплатил ничего.", instalment,
          (Role("kept"), Role("broken"))),
    Story("order_and_receipt", "Телефона нет — долговая квитанция; по старому долгу вынесен приказ: лист в банк.",
          order_and_receipt, (Role(contact=_NO_PHONE),)),
    Story("mobilised", "Мобилизован в феврале: не беспокоят, пени не растут.", mobilised),
)
