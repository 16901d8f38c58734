"""Stories of applications: an absence recalculated for waste, and one that goes back.

Here: what people bring to the centre about months that were billed. Not here: readings (`readings.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from pipeline.generator.stories.roles import Story
from pipeline.generator.stories.scene import LAST_RUN, MONTHS, Scene, at, rub
from pipeline.generator.tariffs import WASTE
from pipeline.money import divided

_MARCH: Final = 3
_PEOPLE: Final = 2


def _applied(scene: Scene, on: date, **more: Any) -> None:
    """Away from 4 to 25 March: twenty full days."""
    account_id = scene.ids["main"]
    scene.event("absences", at(on, 10), account_id=account_id, person_id=f"p-{account_id}",
                effective_from=date(2026, 3, 4), effective_to=date(2026, 3, 25), status_code="confirmed",
                absence_code="ordinary", residents=_PEOPLE, no_meter_act=None, **more)


def absence(scene: Scene) -> None:
    """One of two was away in March. Water goes by meter, so only waste is recalculated: 20 of 31 days of half the fee;
    the application goes back for the act about meters, too."""
    scene.pays_on_time(*MONTHS)
    _applied(scene, date(2026, 4, 6), evidence="билеты")
    fee_kop = scene.line(_MARCH, WASTE.code)["payable_kop"]
    taken_kop = divided(fee_kop * 20, 31 * _PEOPLE)
    scene.promise(proposed_in_run="2026-03", charge_month="2026-03", lands_in="2026-04", proposals={WASTE.code: {
        "reversed": rub(fee_kop), "charged_again": rub(fee_kop - taken_kop), "difference": rub(-taken_kop),
    }})
    scene.queued("returned_application", 0, run="2026-03", account_id=scene.ids["main"], reason_codes=["missing"],
                 deadline_on="2026-04-13")


def without_paper(scene: Scene) -> None:
    """Applied in June for March: more than thirty days after the return, and without a paper."""
    scene.pays_on_time(*MONTHS)
    _applied(scene, date(2026, 6, 8), evidence=None)
    scene.queued("returned_application", 0, run=LAST_RUN, account_id=scene.ids["main"],
                 reason_codes=["missing", "too_late"], deadline_on="2026-06-16")


STORIES: Final = (
    Story("absence", "Уезжал в марте: вода по счётчику, пересчитан вывоз отходов.", absence),
    Story("without_paper", "Заявление об отсутствии опоздало и без документа: вернулось.", without_paper),
)
