"""Words of the charge audit: why a line differs from the registers, why it could not be counted anew."""

from __future__ import annotations

from typing import Final

from pipeline.rendering.words import Words

outcome: Final = Words({"agrees": "сошлось", "differs": "разошлось", "not_audited": "не проверено"})
cause: Final = Words({
    "tariff": "тариф не тот, что в реестре", "norm": "норматив не тот, что в реестре",
    "persons": "число жителей не то, что зарегистрировано", "area": "площадь не та, что у помещения",
    "volume": "объём не следует из строк рядом", "arithmetic": "сумма не равна объёму × тариф",
    "rounding": "округление", "basis_not_allowed": "так эту услугу не начисляют",
    "not_open": "счёт в этом месяце не открыт", "billed_twice": "начислено дважды",
})
reason: Final = Words({
    "recalculation": "перерасчёт, а не плата за месяц",
    "formula_unknown": "добровольная или иная услуга, не проверяется",
    "basis_not_allowed": "так эту услугу не начисляют", "by_act": "начислено по акту",
    "unknown_premises": "помещение счёта не названо", "shared_premises": "несколько счетов в одном помещении",
    "not_in_force": "договор в этом месяце не действует", "no_volume": "в строке нет объёма",
    "no_tariffs": "тарифы не переданы", "unknown_tariff": "тарифа нет в реестре",
    "no_norms": "нормативы не переданы", "unknown_norm": "норматива нет в реестре",
    "no_registrations": "зарегистрированные не переданы", "no_persons": "неизвестно, сколько человек живёт",
    "unknown_heating_mode": "неизвестно, как дом платит за отопление", "no_house_area": "неизвестна площадь дома",
    "house_meter": "нужен объём общедомового счётчика", "no_water_lines": "вода начислена не здесь",
    "superseded": "документ заменён новой версией того же цикла",
    "mixed_bases": "месяц и по нормативу, и по счётчику: дни не названы",
    "unlikely_tariff": "такого тарифа не бывает", "unlikely_norm": "такого норматива не бывает",
})
