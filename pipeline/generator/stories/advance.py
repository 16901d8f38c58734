"""Stories of the advance discount: half a year paid ahead from February, and one given up in March.

The discount of six months is 1 % of the fixed lines; the price is counted by the bill of December, which is at hand
when the application comes in January.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from pipeline.generator.stories.roles import Story
from pipeline.generator.stories.scene import MONTHS, Scene, at, rub
from pipeline.money import divided

_FIXED: Final = ("housing", "waste", "intercom")
_MONTHS: Final = 6
_FEBRUARY: Final = 2
_GIVEN_UP_ON: Final = date(2026, 3, 14)


def _fees(scene: Scene, month: int) -> dict[str, int]:
    """Fixed lines of the main document, in kopecks, by service."""
    return {line["service_code"]: line["payable_kop"] for line in scene.lines(month) if line["service_code"] in _FIXED}


def _discount(fee_kop: int) -> int:
    return divided(fee_kop, 100)


def _paid_ahead(scene: Scene, reference: str) -> None:
    """Contract, application and money for February to July; documents are paid on time besides."""
    account_id, on = scene.ids["main"], date(2026, 1, 15)
    scene.event("advance_contracts", at(on, 10), contract_reference=reference, account_id=account_id,
                from_month=date(2026, 2, 1), to_month=date(2026, 7, 1))
    scene.event("advance_discounts", at(on, 11), contract_reference=reference, account_id=account_id,
                withdrawn_on=None, status_code="confirmed", evidence="заявление")
    price_kop = sum(fee_kop - _discount(fee_kop) for fee_kop in _fees(scene, 0).values()) * _MONTHS
    scene.pay(price_kop, at(date(2026, 2, 10)), purpose_code="advance_contract", contract_reference=reference)
    scene.pays_on_time(*MONTHS, is_eligible=False)


def advance_discount(scene: Scene) -> None:
    """From the bill of February 1 % of housing and waste comes off, to July."""
    _paid_ahead(scene, "AD-2026-81")
    scene.promise(proposed_in_run="2026-02", charge_month="2026-02", lands_in="2026-03", proposals={
        service: {"reversed": rub(fee_kop), "charged_again": rub(fee_kop - _discount(fee_kop)),
                  "difference": rub(-_discount(fee_kop))} for service, fee_kop in _fees(scene, _FEBRUARY).items()
    })


def advance_given_up(scene: Scene) -> None:
    """Given up in March: what February had is charged again once a person agrees."""
    _paid_ahead(scene, "AD-2026-82")
    reference, account_id = "AD-2026-82", scene.ids["main"]
    scene.event("advance_discounts", at(_GIVEN_UP_ON, 10), contract_reference=reference, account_id=account_id,
                withdrawn_on=_GIVEN_UP_ON, status_code="confirmed", evidence="заявление")
    for fee_kop in _fees(scene, _FEBRUARY).values():
        scene.queued("proposal_to_approve", _discount(fee_kop), account_id=account_id, reason_codes=["advance_ended"])


STORIES: Final = (
    Story("advance_discount", "Полгода постоянных строк внесены вперёд: с февраля скидка 1 %.", advance_discount),
    Story("advance_given_up", "Отказ от скидки за аванс в марте: снятое за февраль ждёт человека.", advance_given_up),
)
