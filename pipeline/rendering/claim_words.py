"""Sums of a court case by the same names on every screen and paper (ГПК РФ, ст. 91, 94, 98).

    основной долг                   fees and contributions of the months claimed
    пени                            what is claimed beside them
    цена требования, цена иска      both together: of an application for an order, of a claim; no duty in it
    госпошлина                      a cost of the court, beside the price and never part of it
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipeline.rendering.russian import roubles

PRINCIPAL: Final = "основной долг"
#: The price of an application for a court order, and of a claim.
ORDER_PRICE: Final = "цена требования"
CLAIM_PRICE: Final = "цена иска"
UNKNOWN_DUTY: Final = "не определена: шкалы госпошлины для такой цены в книге правил нет"

#: What the sum of a list is, for lists of debts in court.
SUM_OF_LIST: Final = {
    "court_list": "основной долг, без пеней и госпошлины", "pretrial_notices": "основной долг, без пеней и госпошлины",
    "claim_list": "основной долг, пени и госпошлина",
    "enforcement_list": "основной долг, пени и госпошлина", "withdrawal_list": "основной долг, пени и госпошлина",
}


def sums(price_name: str, principal: Decimal, penalty: Decimal, duty: Decimal | None) -> str:
    """«основной долг 8 404,80 ₽, пени 1 123,98 ₽, цена иска 9 528,78 ₽; госпошлина отдельно 4 000,00 ₽»."""
    return (f"{PRINCIPAL} {roubles(principal)}, пени {roubles(penalty)}, {price_name} {roubles(principal + penalty)}; "
            f"госпошлина {told_duty(duty)}")


def told_duty(duty: Decimal | None) -> str:
    """«отдельно 4 000,00 ₽», or why nobody can say."""
    return UNKNOWN_DUTY if duty is None else f"отдельно {roubles(duty)}"


def doubtful(penalty: Decimal) -> str:
    """Why counted penalties are not claimed; empty when nothing is left out so."""
    return (f"Ещё {roubles(penalty)} пеней не заявлены: они могли быть уплачены раньше, по документам этого не "
            "различить.") if penalty else ""
