"""Applications and acts as they come in: what goes back, with the field and the reason, and by when to answer.

Not here: what each kind asks of its application (the file of the kind), what is computed of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts.recalculation import ACT_CAUSES, RETURNED_APPLICATIONS, TRUE_UP_CAUSES
from pipeline.rules.recalculation import RecalculationRules

#: What an applicant is told, by reason: the fields are told in `_FIELDS`.
_REASONS: Final[Mapping[str, str]] = {
    "missing": "не заполнено", "wrong": "такого не бывает", "runs_backwards": "конец раньше начала",
    "not_confirmed": "не подтверждено проверкой", "too_late": "срок заявления прошёл",
    "too_far_ahead": "одно заявление действует не больше шести месяцев вперёд",
    "too_few_days": "полных дней подряд слишком мало", "told_already": "это время уже учтено по другому обращению",
    "not_billed_by_norm": "начислено не по нормативу: есть счётчик или его можно поставить",
    "nothing_billed": "за эти месяцы по таким услугам ничего не начислено",
    "nothing_to_recalculate": "перерасчёт не положен: отклонение в пределах допустимого или время уже учтено",
    "unknown_place": "такого дома или помещения нет в реестре",
    "other_service": "нарушение не этой услуги", "other_count": "реестр говорит иное",
    "unknown_person": "такого человека нет в реестре",
    "not_of_the_flat": "человек в этом помещении не зарегистрирован и права на него не имеет",
    "unknown_account": "такого счёта нет в реестре", "only_a_share": "перешла только доля, делит человек",
    "still_an_owner": "прежний собственник по реестру прав остаётся, делит человек",
    "two_changes": "квартира продана не один раз, месяц делит человек",
    "told_otherwise": "раньше назван другой день, и по нему плата уже перенесена, решает человек",
    "billed_to_both": "месяц начислен и прежнему, и новому счёту, делит человек",
    "not_closed": "счёт прежнего собственника не закрыт днём перехода права",
    "former_owner_unknown": "прежний собственник мог быть публичным, его долг по взносам не переходит",
    "debt_time_barred": "часть долга за пределами исковой давности, новому собственнику её не выставляют",
    "debt_disputed": "часть долга оспорена, переходит ли она — решает человек",
    "paid_as_money": "выплачивается деньгами и из квитанции не вычитается",
    "benefit_billed": "расчётчик уже вычитает льготу, ту ли — решает человек",
    "other_benefit": "на счёте есть другая льгота, чья вычтена — решает человек",
    "programme_closed": "на участке такой скидки нет",
    "unknown_contract": "такого договора аванса у счёта нет",
    "other_months": "столько месяцев вперёд программа не принимает",
    "other_term": "на эти месяцы скидка уже даётся по другому договору",
    "no_term": "скидки по этому договору нет или она уже кончилась",
    "too_long": "дольше, чем бывает в одном обращении: проверьте год или подайте по частям",
    "not_over": "нарушение кончилось позже, чем зарегистрировано обращение",
    "comes_to_nothing": "посчитано, но снимать нечего: выходит 0 ₽ или плата месяца уже снята вся",
    "cold_tariff_unknown": "вода холоднее предела, а тарифа холодной воды у счёта нет",
}
_FIELDS: Final[Mapping[str, str]] = {
    "account_id": "лицевой счёт", "person_id": "кто отсутствовал", "effective_from": "день отъезда",
    "effective_to": "день возвращения", "evidence": "подтверждающий документ", "residents": "сколько человек в счёте",
    "no_meter_act": "акт о том, что счётчик поставить нельзя", "status_code": "итог проверки",
    "registered_at": "день заявления", "began_at": "начало", "ended_at": "окончание",
    "measured_value": "измеренное значение", "circumstance_code": "обстоятельства, от которых зависит предел",
    "new_account_id": "лицевой счёт нового собственника", "share": "доля в праве",
    "closing_reading": "показание при передаче", "capital_repair": "долг по взносам на капремонт",
    "benefit_code": "льгота", "service_kinds": "услуги", "percent": "доля или сумма льготы",
    "norm_volume": "норматив потребления", "contract_reference": "договор аванса",
    "withdrawn_on": "день отказа от скидки", "area": "площадь помещения",
    "house_id": "дом", "premises_id": "помещение", "service_code": "услуга", "part_tariff_rub": "плата за эту работу",
}

#: Fields that an application of the kind calls otherwise.
_FIELDS_OF: Final[Mapping[str, Mapping[str, str]]] = {
    "ownership": {"effective_from": "день перехода права"},
    "benefit": {"effective_from": "первый день льготы", "effective_to": "последний день льготы"},
}


class Fault(NamedTuple):
    """What is wrong with an application: its field, the reason, on which rows, and words of its own for the reason."""

    field: str
    reason: str
    rows: pl.Expr
    told: pl.Expr | None = None


def on_day(moment: str) -> pl.Expr:
    """The day of a moment in Moscow."""
    return pl.col(moment).dt.convert_time_zone(MOSCOW_NAME).dt.date()


#: What an application or act is about, where it says so.
ABOUT: Final[Mapping[str, pl.DataType]] = {
    "house_id": pl.String(), "premises_id": pl.String(), "service_code": pl.String(), "from_on": pl.Date(),
    "to_on": pl.Date(),
}


def faulty(applications: pl.DataFrame, faults: Iterable[Fault]) -> pl.DataFrame:
    """event_id, account_id, registered_at, ABOUT, field_code, reason_code, told: a row for every fault; null says
    nothing."""
    lacking = [name for name in ABOUT if name not in applications.columns]
    untold = [pl.lit(None, dtype=ABOUT[name]).alias(name) for name in lacking]
    said = applications.with_columns(untold)
    found = [
        said.filter(fault.rows.fill_null(False)).select(
            "event_id", "account_id", "registered_at", *ABOUT, field_code=pl.lit(fault.field),
            reason_code=pl.lit(fault.reason),
            told=pl.lit(None, dtype=pl.String) if fault.told is None else fault.told,
        ) for fault in faults
    ]
    return pl.concat(found)


def returned(faults: pl.DataFrame, kind: str | pl.Expr, due: pl.Expr) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows, inside shape, of `faulty` rows. `due`: last day to answer."""
    own = _FIELDS_OF.get(kind, {}) if isinstance(kind, str) else {}
    field = pl.col("field_code").replace({**_FIELDS, **own})
    told = pl.coalesce("told", pl.col("reason_code").replace_strict(_REASONS, return_dtype=pl.String))
    return faults.with_columns(
        kind_code=pl.lit(kind) if isinstance(kind, str) else kind, registered_on=on_day("registered_at"),
        reason=pl.concat_str(field.str.slice(0, 1).str.to_uppercase(), field.str.slice(1), pl.lit(": "), told,
                             pl.lit(".")),
        answer_due_on=due,
    ).select(RETURNED_APPLICATIONS.inside_names).unique(
        RETURNED_APPLICATIONS.primary_key, keep="first", maintain_order=True
    )


def with_deadlines(back: pl.DataFrame, rules: RecalculationRules, working_days: pl.Series) -> pl.DataFrame:
    """RETURNED_APPLICATIONS where readings, acts on meters and corrected registers, which nobody has applied for, have
    a day by which a person decides them."""
    of_meters = pl.col("kind_code").is_in([*ACT_CAUSES, *TRUE_UP_CAUSES])
    number = pl.when(of_meters).then(rules.act_answer_working_days).when(
        pl.col("kind_code") == "register"
    ).then(rules.register_answer_working_days)
    return back.with_columns(
        answer_due_on=pl.coalesce("answer_due_on", _nth_after(pl.col("registered_on"), number, working_days))
    )


def answer_due(registered: str, number: int | pl.Expr, working_days: pl.Series) -> pl.Expr:
    """The n-th working day after the day of a moment; null beyond the known calendar. `working_days` ascend."""
    return _nth_after(on_day(registered), number, working_days)


def _nth_after(day: pl.Expr, number: int | pl.Expr, working_days: pl.Series) -> pl.Expr:
    days = pl.lit(working_days)
    place = days.search_sorted(day, side="right").cast(pl.Int64) + number - 1
    return pl.when(place < working_days.len()).then(days.gather(place.clip(0, working_days.len() - 1)))
