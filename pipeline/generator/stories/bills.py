"""Stories of bills that do not follow from the registers: what the audit sees before the residents do.

Not here: proposals that are billed otherwise (`queue.py`).
"""

from __future__ import annotations

from typing import Final

from pipeline.generator.stories.roles import Story
from pipeline.generator.stories.scene import MONTHS, Scene
from pipeline.money import amount_of


def wrong_area(scene: Scene) -> None:
    """May's maintenance is billed by twice the area: the audit sees it before the resident does, and the resident has
    paid what the paper said."""
    line = scene.line(5, "housing")
    rated_kop = line["charged_kop"]
    line["volume_e7"] *= 2
    line["charged_kop"] = amount_of(line["volume_e7"], line["tariff_e6"])
    scene.resum(5)
    scene.pays_on_time(*MONTHS)
    scene.queued("charges_differ", line["charged_kop"] - rated_kop, reason_codes=["area"])


STORIES: Final = (
    Story("wrong_area", "Содержание за май начислено на двойную площадь, и житель её оплатил.", wrong_area),
)
