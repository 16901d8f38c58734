"""Stories of meters: rollover, registers that go back or jump, December by average and its true-up."""

from __future__ import annotations

from typing import Final

from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import MONTHS, Row, Scene, rub
from pipeline.generator.tariffs import COLD_WATER, HOT_WATER, UNIT
from pipeline.money import amount_of, divided

_THOUSANDTH: Final = UNIT // 1000


def _reading(scene: Scene, service_prefix: str, month: int) -> Row:
    meter_id = f"{service_prefix}-{scene.ids['main']}"
    return next(reading for reading in scene.book.readings
                if reading["meter_id"] == meter_id and reading["month_number"] == month)


def _judged(reading: Row, verdict: str, *findings: str) -> dict[str, object]:
    return {"reading_id": reading["reading_id"], "verdict_code": verdict, "findings": list(findings)}


def rollover(scene: Scene) -> None:
    """A five-digit register passes 99 999 in February."""
    scene.pays_on_time(*MONTHS)
    scene.promise(judged=_judged(_reading(scene, "cw", 2), "accepted", "rollover"))


def below_previous(scene: Scene) -> None:
    """April's register is ten units lower than March's: a typing error, no rollover."""
    scene.pays_on_time(*MONTHS)
    april = _reading(scene, "cw", 4)
    april["value_e7"] = _reading(scene, "cw", 3)["value_e7"] - 10 * UNIT
    scene.promise(judged=_judged(april, "rejected", "below_previous"))


def above_average(scene: Scene) -> None:
    """May's volume is ten times the average: it waits for a person."""
    scene.pays_on_time(*MONTHS)
    reading = _reading(scene, "hw", 5)
    scene.promise(judged=_judged(reading, "rejected", "above_average"))
    scene.queued("doubtful_reading", run="2026-04", account_id=scene.ids["main"], subject_id=reading["reading_id"],
                 reason_codes=["above_average", "unknown"])


def several_submissions(scene: Scene) -> None:
    """By phone and in the office on the same day: the office's reading outranks the earlier one."""
    scene.pays_on_time(*MONTHS)
    office = _reading(scene, "cw", 3)
    office["source_code"] = "office"
    phoned = office | {
        "reading_id": f"{office['reading_id']}-phone", "source_code": "phone",
        "value_e7": office["value_e7"] + 1 * UNIT,
    }
    scene.book.readings.append(phoned)
    scene.promise(judged={"accepted": office["reading_id"], "outranked": phoned["reading_id"]})


def true_up(scene: Scene) -> None:
    """December by average, its reading came after the early document, the biller corrects nothing: our proposal."""
    scene.pays_on_time(*MONTHS)
    proposals = {}
    for meter in scene.book.meters:
        if meter["account_id"] != scene.ids["main"]:
            continue
        service = meter["service_code"]
        tariff = scene.line(0, service)["tariff_e6"]
        reversed_kop = scene.line(0, service)["charged_kop"]
        again_kop = amount_of(meter["volume_0"], tariff)
        if again_kop != reversed_kop:
            proposals[service] = {
                "reversed": rub(reversed_kop), "charged_again": rub(again_kop),
                "difference": rub(again_kop - reversed_kop),
            }
    scene.promise(proposed_in_run="2025-12", charge_month="2025-12", lands_in="2026-01", proposals=proposals)


def january_reading(scene: Scene) -> None:
    """No December reading: January's register tells both months, half and half by their 31 days each."""
    scene.book.readings[:] = [
        reading for reading in scene.book.readings
        if not (scene.ids["main"] in reading["meter_id"] and reading["month_number"] == 0)
    ]
    scene.pays_on_time(*MONTHS)
    proposals = {}
    for service, prefix in ((COLD_WATER, "cw"), (HOT_WATER, "hw")):
        meter = next(m for m in scene.book.meters if m["meter_id"] == f"{prefix}-{scene.ids['main']}")
        told = meter["volume_0"] + meter["volume_1"]
        reversed_kop = scene.line(0, service.code)["charged_kop"]
        again_kop = amount_of(divided(told, 2), service.before_e6)
        proposals[service.code] = {
            "reversed": rub(reversed_kop), "charged_again": rub(again_kop),
            "difference": rub(again_kop - reversed_kop),
        }
    scene.promise(proposed_in_run="2025-12", charge_month="2025-12", lands_in="2026-01", proposals=proposals)


_STEADY: Final = {"cold_water": 8_000, "hot_water": 5_000, "electricity": 120_000, "gas": 20_000}
_DECEMBER: Final = {
    ("cold_water", 0): 10_500, ("hot_water", 0): 3_750, ("electricity", 0): 131_000, ("gas", 0): 20_000,
}
_BOTH: Final = {
    ("cold_water", 0): 9_000, ("cold_water", 1): 9_500, ("hot_water", 0): 6_000, ("hot_water", 1): 6_250,
}
STORIES: Final = (
    Story("rollover", "Счётчик перешёл через ноль.", rollover,
          (Role(registers={"cold_water": 99_980_500}, averages={"cold_water": 8_000},
                volumes={("cold_water", n): 8_000 for n in MONTHS}),)),
    Story("below_previous", "Показание меньше предыдущего.", below_previous, (Role(averages=_STEADY),)),
    Story("above_average", "Объём в десять раз больше среднего.", above_average,
          (Role(averages=_STEADY, volumes={("hot_water", n): 5_000 for n in range(5)} | {("hot_water", 5): 50_000}),)),
    Story("several_submissions", "Два показания за один месяц: важнее то, что снято в офисе.", several_submissions,
          (Role(averages=_STEADY),)),
    Story("true_up", "Декабрь по среднему, показание декабря пришло после квитанции: перерасчёт предлагаем мы.",
          true_up, (Role(waits_for_true_up=True, averages=_STEADY, volumes=_DECEMBER),)),
    Story("january_reading", "Показания декабря нет, январское говорит за два месяца.", january_reading,
          (Role(waits_for_true_up=True, averages=_STEADY, volumes=_BOTH),)),
)
