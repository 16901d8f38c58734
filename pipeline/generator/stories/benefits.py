"""Stories of benefits: one that began in a month already billed, one that ended and was still taken off.

The norm of area of two people is 42 m² of the 52 m² of a story's flat.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from pipeline.generator.stories.roles import Story
from pipeline.generator.stories.scene import MONTHS, Scene, at, rub
from pipeline.money import divided

_MARCH: Final = 3
_RUN: Final = "2026-03"
_LANDS_IN: Final = "2026-04"
_TOLD_ON: Final = date(2026, 4, 9)
_TAKEN_KOP: Final = 30_000


def _told(scene: Scene, **more: Any) -> None:
    """Half of the fee for housing, for the whole household of two."""
    account_id = scene.ids["main"]
    scene.event("benefits", at(_TOLD_ON, 10), account_id=account_id, person_id=f"p-{account_id}",
                benefit_code="veteran", service_kinds=["housing"], percent_e7=50 * 10**7, month_sum_kop=None,
                covers_code="household", residents=2, status_code="confirmed", evidence="удостоверение", **more)


def _promised(scene: Scene, fee_kop: int, again_kop: int) -> None:
    sums = {"reversed": rub(fee_kop), "charged_again": rub(again_kop), "difference": rub(again_kop - fee_kop)}
    scene.promise(proposed_in_run=_RUN, charge_month=_RUN, lands_in=_LANDS_IN, proposals={"housing": sums})


def benefit_from_march(scene: Scene) -> None:
    """From 11 March, told in April: 21 of 31 days of half of 42/52 of the fee."""
    scene.pays_on_time(*MONTHS)
    _told(scene, effective_from=date(2026, 3, 11), effective_to=None)
    fee_kop = scene.line(_MARCH, "housing")["payable_kop"]
    _promised(scene, fee_kop, fee_kop - divided(fee_kop * 42 * 21, 52 * 2 * 31))


def benefit_ended(scene: Scene) -> None:
    """From 1 to 10 March; the biller took 300 roubles off for the whole month: 21 of 31 days wait for a person."""
    scene.line(_MARCH, "housing")["benefit_kop"] = _TAKEN_KOP
    scene.resum(_MARCH)
    scene.pays_on_time(*MONTHS)
    _told(scene, effective_from=date(2026, 3, 1), effective_to=date(2026, 3, 10))
    fee_kop, again_kop = scene.line(_MARCH, "housing")["payable_kop"], divided(_TAKEN_KOP * 21, 31)
    _promised(scene, fee_kop, fee_kop + again_kop)
    scene.queued("proposal_to_approve", again_kop, account_id=scene.ids["main"], reason_codes=["benefit_ended"])


STORIES: Final = (
    Story("benefit_from_march", "Льгота с 11 марта, заявлена в апреле: март пересчитан по дням.", benefit_from_march),
    Story("benefit_ended", "Льгота только с 1 по 10 марта, вычли за весь месяц: доначисление ждёт человека.",
          benefit_ended),
)
