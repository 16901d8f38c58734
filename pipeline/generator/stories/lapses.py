"""Stories of meters that stop counting: a failed one that the biller goes on reading, one that nobody is let in to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from pipeline.billing_month import MOSCOW
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import MONTHS, Scene
from pipeline.generator.tariffs import COLD_WATER, HOT_WATER

_PERSONS: Final = 2
_STEADY: Final = {"cold_water": 8_000, "hot_water": 5_000, "electricity": 120_000, "gas": 20_000}


def _act(scene: Scene, prefix: str, code: str, on: date, **more: Any) -> None:
    """An act registered at noon of its day."""
    row = {"account_id": scene.ids["main"], "meter_id": f"{prefix}-{scene.ids['main']}", "act_code": code,
           "effective_from": on, "verified_until": None, "value_e7": None, "evidence": f"акт от {on:%d.%m.%Y}"}
    scene.event(METER_ACTS.name, datetime(on.year, on.month, on.day, 12, tzinfo=MOSCOW), **(row | more))


def _volume(volume_e7: int) -> str:
    return f"{volume_e7 / 10**7:.7f}"


def failed_meter(scene: Scene) -> None:
    """The cold meter fails in January; February to April are due by average, May by norm and twice the norm apart."""
    scene.pays_on_time(*MONTHS)
    _act(scene, "cw", "failed", date(2026, 1, 12))
    norm = COLD_WATER.norm_e7 * _PERSONS
    scene.promise(without_readings=[
        {"run": "2026-02", "service_code": COLD_WATER.code, "reason_code": "failed", "run_number": 1,
         "basis_code": "average", "uplift_volume": _volume(0)},
        {"run": "2026-05", "service_code": COLD_WATER.code, "reason_code": "failed", "run_number": 4,
         "basis_code": "norm_uplift", "volume": _volume(norm), "uplift_volume": _volume(2 * norm)},
    ], billed_otherwise={"run": "2026-05", COLD_WATER.code: "meter_without_reading"})


def refused_twice(scene: Scene) -> None:
    """The supplier is not let in to the hot meter in February and in April; the norm and half of it at once."""
    scene.pays_on_time(*MONTHS)
    for on in (date(2026, 2, 17), date(2026, 4, 16)):
        _act(scene, "hw", "no_admission", on)
    norm = HOT_WATER.norm_e7 * _PERSONS
    scene.promise(without_readings=[
        {"run": "2026-03", "service_code": HOT_WATER.code, "reason_code": "no_admission", "run_number": 1,
         "basis_code": "average", "uplift_volume": _volume(0)},
        {"run": "2026-05", "service_code": HOT_WATER.code, "reason_code": "refused_twice", "run_number": 3,
         "basis_code": "norm_uplift", "volume": _volume(norm), "uplift_volume": _volume(norm // 2)},
    ])


def repaired_meter(scene: Scene) -> None:
    """The cold meter fails in March and is commissioned anew in April: May is told by its register again."""
    scene.pays_on_time(*MONTHS)
    _act(scene, "cw", "failed", date(2026, 3, 3))
    _act(scene, "cw", "commissioned", date(2026, 4, 28))
    scene.promise(without_readings=[{"run": "2026-05", "service_code": COLD_WATER.code}])


STORIES: Final = (
    Story("failed_meter", "Счётчик вышел из строя, а начисляют по нему.", failed_meter, (Role(averages=_STEADY),)),
    Story("refused_twice", "К счётчику не допустили дважды: сразу норматив с повышением.", refused_twice,
          (Role(averages=_STEADY),)),
    Story("repaired_meter", "Счётчик починили и снова ввели: начисляют по нему.", repaired_meter,
          (Role(averages=_STEADY),)),
)
