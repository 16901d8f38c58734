"""Stories of owners: a flat sold in the middle of a month that the former owner's account was billed in full.

Not here: money that came to the former owner's account (`money.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import Scene, at, rub
from pipeline.generator.tariffs import CAPITAL_REPAIR
from pipeline.money import divided

_MARCH: Final = 3
_SOLD_ON: Final = date(2026, 3, 11)


def _both_wait(scene: Scene, amount_kop: int, cause: str) -> None:
    """More than 1 500 roubles on each account: a person is asked about every line of both."""
    for account_id in scene.ids.values():
        scene.queued("proposal_to_approve", amount_kop, account_id=account_id, reason_codes=[cause])


def sold_in_march(scene: Scene) -> None:
    """The right is registered on 11 March; March was billed to the former owner in full, so 21 of 31 days move."""
    scene.pays_on_time(0, 1, 2, role="old")
    scene.pays_on_time(4, 5, role="new")
    scene.event("ownership_transfers", at(date(2026, 4, 8), 10), account_id=scene.ids["old"],
                new_account_id=scene.ids["new"], effective_from=_SOLD_ON, share=None, status_code="confirmed",
                evidence="выписка из ЕГРН")
    shares: dict[str, Any] = {}
    for line in scene.lines(_MARCH, "old"):
        if line["service_code"] != "insurance" and line["charge_month"] == scene.cycle(_MARCH).month.first_day:
            fee_kop = line["payable_kop"]
            former_kop = divided(fee_kop * (_SOLD_ON.day - 1), 31)
            shares[line["service_code"]] = {"former": rub(former_kop), "new": rub(fee_kop - former_kop)}
            _both_wait(scene, fee_kop - former_kop, "change_of_owner")
            if line["service_code"] == CAPITAL_REPAIR.code:
                # March is unpaid: the former owner's part of it is a debt that passes
                _both_wait(scene, former_kop, "capital_repair_debt")
    scene.promise(owner_shares={"run": "2026-03", "by_service": shares})


STORIES: Final = (
    Story("sold_in_march", "Квартира продана 11 марта, март начислен прежнему: его 10 дней, остальное новому.",
          sold_in_march, (
              Role("old", closed_on=date(2026, 3, 10), successor="new", last_month=3),
              Role("new", flat_of="old", opened_on=_SOLD_ON, first_month=4, is_announced=False),
          )),
)
