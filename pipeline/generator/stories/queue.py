"""Stories of the work queue: what nobody but a person can decide or chase, where no older story has it.

A large true-up that waits for approval, a proposal that was billed for another sum, one sum paid twice (and an honest
pair that looks the same), a bank that credits less than the registry lists.
"""

from __future__ import annotations

from typing import Final

from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import MONTHS, Row, Scene, rub
from pipeline.generator.stories.sent_apart import apart, send_registry
from pipeline.generator.tariffs import COLD_WATER, ELECTRICITY, HOT_WATER
from pipeline.generator.town import SUPPLIER
from pipeline.money import amount_of

PART_KOP: Final = 300_000
KEPT_BACK_KOP: Final = 4_500


def _used_e7(scene: Scene, service: str) -> int:
    """What the meter counted in December."""
    return int(next(
        meter["volume_0"] for meter in scene.book.meters
        if meter["account_id"] == scene.ids["main"] and meter["service_code"] == service
    ))


def _proposed(scene: Scene, service: str) -> tuple[int, int]:
    """What December's line charged, and what December's volume costs."""
    line = scene.line(0, service)
    return line["charged_kop"], amount_of(_used_e7(scene, service), line["tariff_e6"])


def _promise_proposals(scene: Scene, *services: str) -> None:
    proposals = {}
    for service in services:
        reversed_kop, again_kop = _proposed(scene, service)
        proposals[service] = {
            "reversed": rub(reversed_kop), "charged_again": rub(again_kop),
            "difference": rub(again_kop - reversed_kop),
        }
    scene.promise(proposed_in_run="2025-12", charge_month="2025-12", lands_in="2026-01", proposals=proposals)


def large_true_up(scene: Scene) -> None:
    """Heaters ran all December: its reading costs eleven thousand roubles more than the average, so a person has to
    approve the proposal, and nobody has."""
    scene.pays_on_time(*MONTHS)
    _promise_proposals(scene, ELECTRICITY.code)
    reversed_kop, again_kop = _proposed(scene, ELECTRICITY.code)
    for run in ("2025-12", "2026-05"):
        scene.queued("proposal_to_approve", again_kop - reversed_kop, run=run, account_id=scene.ids["main"],
                     creditor_id=SUPPLIER[ELECTRICITY.code], reason_codes=["true_up_average"])


def billed_otherwise(scene: Scene) -> None:
    """January's document brings both proposals of December: cold water as proposed, hot water at January's tariff."""
    billed = {}
    for service in (COLD_WATER, HOT_WATER):
        reversed_kop, again_kop = _proposed(scene, service.code)
        old, new = scene.line(0, service.code), scene.line(1, service.code)
        more_e7, is_mistaken = _used_e7(scene, service.code) - old["volume_e7"], service is HOT_WATER
        at_new_tariff = amount_of(more_e7, new["tariff_e6"])
        billed[service.code] = at_new_tariff if is_mistaken else again_kop - reversed_kop
        scene.lines(1).append(new | {
            "charge_month": old["charge_month"], "basis_code": "meter", "volume_e7": more_e7, "charged_kop": 0,
            "tariff_e6": (new if is_mistaken else old)["tariff_e6"], "benefit_kop": 0,
            "recalculated_kop": billed[service.code],
            "batch_id": f"2025-12:true_up_average:{SUPPLIER[service.code]}",
        })
    scene.resum(1)
    scene.pays_on_time(*MONTHS)
    _promise_proposals(scene, COLD_WATER.code, HOT_WATER.code)
    reversed_kop, again_kop = _proposed(scene, HOT_WATER.code)
    for run in ("2026-01", "2026-05"):
        scene.queued("mismatched_proposal", abs(billed[HOT_WATER.code] - (again_kop - reversed_kop)), run=run,
                     account_id=scene.ids["main"], creditor_id=SUPPLIER[HOT_WATER.code],
                     reason_codes=["true_up_average"])
    scene.promise(billed_proposals={
        COLD_WATER.code: {"status_code": "billed", "billed": rub(billed[COLD_WATER.code])},
        HOT_WATER.code: {"status_code": "mismatch", "billed": rub(billed[HOT_WATER.code])},
    })


def paid_twice(scene: Scene) -> None:
    """The application hung, and May is paid twice in four minutes. The neighbour pays two equal parts and the rest on
    purpose: the queue asks about both, and the facts beside them tell one from the other."""
    scene.pays_on_time(*range(5))
    first = scene.pay_document(5, channel="own_app", hour=10)
    again = scene.pay_document(5, channel="own_app", hour=10, minute=4)
    scene.eligible(5)
    _asked(scene, again, first, "main", "nothing_left_to_pay", "same_registry", "within_an_hour")
    scene.pays_on_time(*range(5), role="in_parts")
    evening, morning, rest_kop = scene.day(5), scene.day(5, 6), scene.charged(5, "in_parts") - 2 * PART_KOP
    first = scene.pay_document(5, role="in_parts", channel="own_app", amount_kop=PART_KOP, on=evening, hour=20)
    again = scene.pay_document(5, role="in_parts", channel="own_app", amount_kop=PART_KOP, on=morning, hour=8)
    scene.pay_document(5, role="in_parts", channel="own_app", amount_kop=rest_kop, on=morning, hour=9)
    scene.eligible(5, role="in_parts")
    _asked(scene, again, first, "in_parts", "pays_items", "same_registry", "within_the_term")
    scene.promise(open_at_the_end_rub="0.00")


def _asked(scene: Scene, later: Row, earlier: Row, role: str, *reasons: str) -> None:
    scene.queued("duplicate_payment", later["amount_kop"], account_id=scene.ids[role],
                 payment_id=later["payment_id"], other_payment_id=earlier["payment_id"], reason_codes=list(reasons))


def bank_short(scene: Scene) -> None:
    """The bank lists a payment of May in full and credits forty-five roubles less: its own commission, wrongly taken
    out of the residents' money."""
    scene.pays_on_time(*range(5))
    paid = apart(scene, scene.pay_document(5, channel="other_bank"))
    scene.refused(5, "is_paid_online")
    name = "enskbank-extra-2"
    send_registry(scene, name, paid["received_on"], [paid], name=name, has_money=True, kept_back_kop=KEPT_BACK_KOP)
    scene.queued("registry_difference", KEPT_BACK_KOP, registry_id=name, provider_code="enskbank",
                 reason_codes=["statement_differs"])
    scene.promise(open_at_the_end_rub="0.00")


_HEATED: Final = {"cold_water": 8_000, "hot_water": 5_000, "electricity": 800_000, "gas": 20_000}
_HEATERS: Final = {("electricity", n): 800_000 for n in MONTHS} | {("electricity", 0): 2_150_000} | {
    (service, n): _HEATED[service] for service in ("cold_water", "hot_water", "gas") for n in MONTHS
}
_STEADY: Final = {"cold_water": 8_000, "hot_water": 5_000, "electricity": 120_000, "gas": 20_000}
_GUESTS: Final = {(service, n): volume for service, volume in _STEADY.items() for n in MONTHS} | {
    ("cold_water", 0): 10_500, ("hot_water", 0): 8_000,
}
STORIES: Final = (
    Story("large_true_up", "Декабрь по среднему, по показанию — на 11 тысяч больше: перерасчёт ждёт одобрения.",
          large_true_up, (Role(waits_for_true_up=True, averages=_HEATED, volumes=_HEATERS),)),
    Story("billed_otherwise", "Наш перерасчёт выставлен по новому тарифу: сумма в квитанции не та, что предложена.",
          billed_otherwise, (Role(waits_for_true_up=True, averages=_STEADY, volumes=_GUESTS),)),
    Story("paid_twice", "Май оплачен дважды за четыре минуты; сосед честно платит двумя равными частями и остатком.",
          paid_twice, (Role(), Role("in_parts"))),
    Story("bank_short", "Банк перечислил по реестру на 45 ₽ меньше.", bank_short),
)
