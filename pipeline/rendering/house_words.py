"""Codes of the meters of houses in the words of the trade. An unknown code stays as it is."""

from __future__ import annotations

from typing import Final

from pipeline.rendering.words import Words

source: Final = Words({
    "smart": "дистанционно", "inspector": "контролёр", "supplier": "поставщик", "company": "управляющая компания",
})
finding: Final = Words({
    "first_register": "первое показание: сравнить не с чем", "below_previous": "меньше прежнего",
    "month_already_told": "месяц уже закрыт другим показанием", "other_place": "счётчик другого дома или услуги",
})
outcome: Final = Words({
    "agrees": "сходится", "differs": "разница больше допуска", "flats_exceed": "квартирам начислено больше дома",
    "not_counted": "не посчитано",
})
uncounted: Final = Words({
    "mode_changed": "способ оплаты менялся или месяцы уже исправлены",
    "bill_missing": "не все счета дома получили документ", "months_unknown": "не все месяцы дома известны",
    "nothing_billed": "квартирам ничего не начислено",
    "several_tariffs": "тариф месяца неизвестен или их несколько",
    "individual_meters": "в квартирах свои счётчики тепла, формула не подтверждена",
    "no_house_area": "площадь дома неизвестна", "area_exceeds": "квартиры больше дома",
    "other_premises_unknown": "часть помещений платит не здесь, их объём неизвестен",
})
mode: Final = Words({
    "season": "отопление в сезон", "evenly": "отопление равными частями", "monthly": "по месяцам",
    "average_corrected": "по среднему с корректировкой за год",
    "norm_corrected": "по нормативу с корректировкой за год",
})
reason: Final = Words({
    "not_read": "счётчик дома не сняли", "no_volume": "первое показание счётчика",
    "several_months": "показание за несколько месяцев", "nothing_billed": "квартирам ничего не начислено",
    "other_unit": "квартирам начислено в других единицах", "paid_evenly": "отопление платят равными частями",
})
