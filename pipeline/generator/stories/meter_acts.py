"""Stories of acts on meters that change months already billed: a check that finds more than was told, a meter that
counted while the norm was billed, one that did not count while it was billed."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import MONTHS, Scene, at, rub
from pipeline.generator.tariffs import COLD_WATER, SEWAGE, UNIT
from pipeline.money import amount_of, divided

_STEADY: Final = {"cold_water": 8_000, "hot_water": 5_000, "electricity": 120_000, "gas": 20_000}
_PEOPLE: Final = 2
_MARCH, _APRIL, _MAY = 3, 4, 5
_HIDDEN_E7: Final = 3 * UNIT
_USUAL_E7: Final = 8 * UNIT
_TOLD_ON: Final = date(2026, 4, 20)


def _act(scene: Scene, code: str, on: date, told_on: date, **more: Any) -> None:
    """An act on the cold meter."""
    row = {"account_id": scene.ids["main"], "meter_id": f"cw-{scene.ids['main']}", "act_code": code,
           "effective_from": on, "verified_until": None, "value_e7": None, "evidence": f"акт от {on:%d.%m.%Y}"}
    scene.event(METER_ACTS.name, at(told_on), **(row | more))


def _registers(scene: Scene) -> dict[int, dict[str, Any]]:
    meter_id = f"cw-{scene.ids['main']}"
    return {row["month_number"]: row for row in scene.book.readings if row["meter_id"] == meter_id}


def _proposed(scene: Scene, month: str, lands_in: str, reversed_kop: int, again_kop: int) -> None:
    scene.promise(proposed_in_run=month, charge_month=month, lands_in=lands_in, proposals={COLD_WATER.code: {
        "reversed": rub(reversed_kop), "charged_again": rub(again_kop), "difference": rub(again_kop - reversed_kop),
    }})


def _march_by_norm(scene: Scene) -> int:
    """March's cold water is billed by norm, sewage with it; kopecks charged for the water."""
    water, sewage = scene.line(_MARCH, COLD_WATER.code), scene.line(_MARCH, SEWAGE.code)
    norm_e7 = COLD_WATER.norm_e7 * _PEOPLE
    sewage["volume_e7"] += norm_e7 - water["volume_e7"]
    water |= {"basis_code": "norm", "volume_e7": norm_e7}
    for line in (water, sewage):
        line["charged_kop"] = amount_of(line["volume_e7"], line["tariff_e6"])
    scene.resum(_MARCH)
    return int(water["charged_kop"])


def checked_meter(scene: Scene) -> None:
    """The inspector sees three cubic metres more in April than the resident has told and paid for."""
    scene.pays_on_time(*MONTHS)
    registers = _registers(scene)
    checked_on, seen_e7 = date(2026, 4, 16), registers[_APRIL]["value_e7"] + _HIDDEN_E7
    registers[_MAY]["value_e7"] += _HIDDEN_E7
    _act(scene, "inspected", checked_on, checked_on, value_e7=seen_e7)
    more_kop = amount_of(_HIDDEN_E7, scene.line(_APRIL, COLD_WATER.code)["tariff_e6"])
    _proposed(scene, "2026-04", "2026-05", 0, more_kop)


def verified_late(scene: Scene) -> None:
    """Verified in January, told in April: March was billed by norm, its reading says eight cubic metres."""
    charged_kop = _march_by_norm(scene)
    scene.pays_on_time(*MONTHS)
    _act(scene, "verified", date(2026, 1, 15), _TOLD_ON, verified_until=date(2032, 1, 14))
    again_kop = amount_of(_USUAL_E7, scene.line(_MARCH, COLD_WATER.code)["tariff_e6"])
    _proposed(scene, "2026-03", "2026-04", charged_kop, again_kop)


def sealed_late(scene: Scene) -> None:
    """Sealed on 27 February at that month's register, told in April: March is 31 of the 32 days since."""
    charged_kop = _march_by_norm(scene)
    scene.pays_on_time(*MONTHS)
    _act(scene, "sealed", date(2026, 2, 27), _TOLD_ON, value_e7=_registers(scene)[_MARCH - 1]["value_e7"])
    of_march_e7 = _USUAL_E7 - divided(_USUAL_E7, 32)
    again_kop = amount_of(of_march_e7, scene.line(_MARCH, COLD_WATER.code)["tariff_e6"])
    _proposed(scene, "2026-03", "2026-04", charged_kop, again_kop)


def failed_late(scene: Scene) -> None:
    """Failed in February, told in April: March was billed by a meter that counted five of the usual eight."""
    _did_not_count(scene, "failed")


def removed_late(scene: Scene) -> None:
    """Taken down in February, told in April: March was billed for ten, the average is eight."""
    _did_not_count(scene, "removed")


def _did_not_count(scene: Scene, code: str) -> None:
    scene.pays_on_time(*MONTHS)
    _act(scene, code, date(2026, 2, 26), _TOLD_ON)
    march = scene.line(_MARCH, COLD_WATER.code)
    _proposed(scene, "2026-03", "2026-04", march["charged_kop"], amount_of(_USUAL_E7, march["tariff_e6"]))


_EIGHT: Final = {("cold_water", month): 8_000 for month in MONTHS}
STORIES: Final = (
    Story("checked_meter", "Контролёр увидел на счётчике больше, чем передал жилец.", checked_meter,
          (Role(averages=_STEADY, volumes=_EIGHT),)),
    Story("verified_late", "О поверке узнали поздно: март начислен по нормативу.", verified_late,
          (Role(averages=_STEADY, volumes=_EIGHT),)),
    Story("sealed_late", "Счётчик опломбировали, а март начислен по нормативу.", sealed_late,
          (Role(averages=_STEADY, volumes=_EIGHT),)),
    Story("failed_late", "О неисправном счётчике узнали поздно: март начислен по нему.", failed_late,
          (Role(averages=_STEADY, volumes=_EIGHT | {("cold_water", _MARCH): 5_000}),)),
    Story("removed_late", "О снятом счётчике узнали поздно: март начислен по нему.", removed_late,
          (Role(averages=_STEADY, volumes=_EIGHT | {("cold_water", _MARCH): 10_000}),)),
)
