"""The advance discount in the words of the trade: where a term stands, why it has not begun, why it ended, its months.

An unknown code stays as it is.
"""

from __future__ import annotations

from typing import Final

from pipeline.rendering.words import Words

term: Final = Words({
    "planned": "срок ещё не начался", "awaits_money": "ждёт денег", "running": "идёт", "refused": "не началась",
    "ended": "кончилась раньше срока", "finished": "срок вышел",
})
condition: Final = Words({
    "is_priced": "есть постоянные строки", "is_paid_ahead": "внесено вперёд и вовремя", "is_free_of_debt": "нет долга",
})
end: Final = Words({
    "withdrawn": "жилец отказался", "refunded": "аванс отозван", "change_of_owner": "сменился собственник",
    "account_closed": "счёт закрыт", "tariff_changed": "изменился тариф", "debt": "возник долг",
})
month: Final = Words({
    "planned": "впереди", "held": "начислено, ждёт денег", "given": "скидка предложена",
    "nothing_billed": "скидывать не с чего", "cancelled": "не даётся", "clawed_back": "начислена обратно",
})
