"""What a resident is told of a doubtful reading, in Russian: the one place of these texts.

A sentence says what was noticed, the next what was probably meant, the last what to do. Nobody is blamed: a register
may be misread by anybody, and what an inspector read is told the same way. Text only; nothing is computed.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_NOTICED: Final = {
    "below_previous": "Показание {raw} меньше прежнего {previous} от {on}.",
    "beyond_register": "Показание {raw} больше, чем умещает счётчик.",
    "before_installation": "Показание {raw} снято раньше, чем установлен счётчик.",
    "after_removal": "Показание {raw} снято после того, как счётчик сняли.",
    "above_average": "По показанию {raw} расход много выше вашего обычного.",
    "spike": "По показанию {raw} расход во много раз выше вашего обычного.",
    "zone_order": "Показание {raw}: похоже, значения зон переставлены местами.",
    "repeated": "Показание {raw} такое же, как прошлое, хотя обычно расход у вас есть.",
    "zero_for_months": "Показание {raw} не меняется уже несколько месяцев.",
    "fraction": "Показание {raw} передано с дробной частью, а нужны целые числа.",
    "verification_expired": "Показание {raw} снято со счётчика, срок поверки которого истёк.",
    "outside_window": "Показание {raw} передано после последнего дня приёма показаний за этот месяц.",
}
_OTHER: Final = "Показание {raw} требует проверки."
_MEANT: Final = {
    "swapped_zones": " Возможно, для этой зоны верно {proposed}.",
    "swapped_meter": " Возможно, оно снято с другого счётчика той же услуги.",
    "over_estimate": " Возможно, раньше начислили больше, чем вы израсходовали: тогда разницу вернёт перерасчёт.",
    "decimal_slip": " Возможно, сместилась запятая и верно {proposed}.",
    "wrong_scale": " Возможно, оно в других единицах и верно {proposed}.",
    "swapped_digits": " Возможно, переставлены соседние цифры и верно {proposed}.",
    "typo": " Возможно, ошибка в одной цифре и верно {proposed}.",
    "whole_part": " Верно будет {proposed}.",
}
_DO: Final = {
    "reject": " Показание не принято. Проверьте цифры на счётчике и передайте показание ещё раз.",
    "hold": " Показание проверит сотрудник. Если цифры неверны, передайте показание ещё раз.",
    "warn": " Показание принято.",
}
#: What to do differs from what its severity says.
_DO_OF: Final = {
    "verification_expired": " Показание принято. Поверьте или замените счётчик.",
    "zero_for_months": " Показание принято. Если вы расходуете услугу, проверьте, работает ли счётчик.",
    "repeated": " Показание принято. Если расход был, передайте показание ещё раз.",
}
_CONFIRMED: Final = " Показание принято: его снял сотрудник."


def warning() -> pl.Expr:
    """The text of a row of READING_DOUBTS (with its verdict_code)."""
    return pl.concat_str(_filled(_NOTICED, "finding_code", _OTHER), _filled(_MEANT, "cause_code", ""), _advice())


def _advice() -> pl.Expr:
    is_confirmed = (pl.col("severity_code") == "hold") & (pl.col("verdict_code") == "accepted")
    by_finding = pl.when(pl.col("severity_code") == "warn").then(
        pl.col("finding_code").replace_strict(_DO_OF, default=None, return_dtype=pl.String)
    )
    by_severity = pl.col("severity_code").replace_strict(_DO, return_dtype=pl.String)
    return pl.when(is_confirmed).then(pl.lit(_CONFIRMED)).otherwise(pl.coalesce(by_finding, by_severity))


def _filled(texts: dict[str, str], code: str, other: str) -> pl.Expr:
    """The text of each row's code with its values put in."""
    told = pl.col(code).replace_strict(texts, default=other, return_dtype=pl.String)
    values = {
        "{raw}": _number("value_e7"), "{previous}": _number("previous_value_e7"),
        "{on}": pl.col("previous_read_on").dt.strftime("%d.%m.%Y"), "{proposed}": _number("proposed_value_e7"),
    }
    for mark, value in values.items():
        told = told.str.replace(mark, value.fill_null("—"), literal=True)
    return told


def _number(name: str) -> pl.Expr:
    """104,32 for 104.3200000; whole numbers without a comma."""
    whole = (pl.col(name).abs() // 10**7).cast(pl.String)
    part = (pl.col(name).abs() % 10**7).cast(pl.String).str.zfill(7).str.strip_chars_end("0")
    sign = pl.when(pl.col(name) < 0).then(pl.lit("−")).otherwise(pl.lit(""))
    return pl.concat_str(sign, whole, pl.when(part == "").then(pl.lit("")).otherwise(pl.lit(",") + part))
