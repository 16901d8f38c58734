"""Codes of readings in the words of the trade: sources, findings, what probably happened.

What a resident is told stands in `domain/metering/warnings.py`: these words are for whoever works with the tables.
"""

from __future__ import annotations

from typing import Final

from pipeline.rendering.words import Words

source: Final = Words({
    "smart": "счётчик передал сам", "inspector": "контролёр", "supplier": "поставщик", "office": "приём в центре",
    "resident_app": "приложение", "resident_site": "сайт", "phone": "по телефону",
})
finding: Final = Words({
    "above_average": "много выше среднего", "after_removal": "после снятия счётчика",
    "before_installation": "до установки счётчика", "below_previous": "меньше предыдущего",
    "beyond_register": "больше, чем умещает счётчик", "duplicate": "то же значение ещё раз",
    "first_register": "первое показание", "fraction": "дробное там, где нужны целые",
    "month_already_read": "месяц уже закрыт показанием", "outside_window": "после срока приёма",
    "repeated": "повторяет прошлое, хотя расход обычно есть", "rollover": "переход через ноль",
    "several_submissions": "передано несколько раз", "spike": "скачок", "unchanged": "не изменилось",
    "verification_expired": "поверка истекла", "zero_for_months": "нет расхода месяцами",
    "zone_order": "зоны переставлены",
})
severity: Final = Words({
    "reject": "не принимается", "hold": "ждёт проверки, если снял не контролёр", "warn": "предупреждение",
})
cause: Final = Words({
    "swapped_zones": "переставлены зоны", "swapped_meter": "снято с другого счётчика",
    "over_estimate": "раньше начислено больше расхода", "decimal_slip": "сместилась запятая",
    "wrong_scale": "другие единицы", "swapped_digits": "переставлены соседние цифры", "typo": "ошибка в одной цифре",
    "whole_part": "нужна целая часть", "unknown": "не объяснить",
})
dimension: Final = Words({"house": "дом", "company": "управляющая компания", "supplier": "поставщик"})
