"""What follows reminders: services that may be restricted, court cases with their writs, instalments."""

from __future__ import annotations

from typing import Any, Final

from pipeline.rendering import words
from pipeline.rendering.russian import counted, day, number, roubles
from pipeline.reports.month.section import Bar, Chart, Section, count, key, money
from pipeline.reports.month.source import Source

#: `state` is `due`, `later`, nothing after the last step, or what blocks the step, joined.
_RESTRICTION: Final = """
    SELECT next_action_code,
           CASE WHEN len(blocked_by) > 0 THEN array_to_string(blocked_by, ',') WHEN next_action_on <= $night THEN 'due'
                WHEN next_action_on > $night THEN 'later' ELSE '' END AS state,
           count(*) AS services, count(DISTINCT account_id) AS accounts, SUM(total_rub)::DECIMAL(18,2) AS total_rub,
           SUM(claimed_rub)::DECIMAL(18,2) AS claimed_rub
    FROM restriction_list GROUP BY ALL
"""
_CASES: Final = """
    SELECT stage_code, next_action_code, count(*) AS cases, count(DISTINCT account_id) AS accounts,
           COALESCE(SUM(claimed_rub), 0)::DECIMAL(18,2) AS claimed_rub, SUM(open_rub)::DECIMAL(18,2) AS open_rub,
           COALESCE(SUM(penalty_left_rub), 0)::DECIMAL(18,2) AS penalty_left_rub,
           COALESCE(SUM(duty_left_rub), 0)::DECIMAL(18,2) AS duty_left_rub,
           SUM(enforced_rub)::DECIMAL(18,2) AS enforced_rub, SUM(double_rub)::DECIMAL(18,2) AS double_rub,
           count(*) FILTER (next_action_on <= $night) AS due
    FROM court_standing GROUP BY ALL
"""
_ASKED: Final = """
    SELECT (SELECT count(*) FROM withdrawal_list) AS withdrawals,
           (SELECT COALESCE(SUM(paid_rub), 0) FROM withdrawal_list)::DECIMAL(18,2) AS paid_rub,
           (SELECT count(*) FROM enforcement_list) AS writs,
           (SELECT COALESCE(SUM(claimed_rub), 0) FROM enforcement_list)::DECIMAL(18,2) AS claimed_rub,
           (SELECT count(*) FROM claim_list) AS claims,
           (SELECT COALESCE(SUM(claimed_rub + penalty_rub), 0) FROM claim_list)::DECIMAL(18,2) AS price_rub,
           (SELECT COALESCE(SUM(duty_to_pay_rub), 0) FROM claim_list)::DECIMAL(18,2) AS duty_rub,
           (SELECT min(file_by_on) FROM claim_list) AS file_by_on
"""
_INSTALMENTS: Final = """
    SELECT status_code, count(DISTINCT agreement_id) AS agreements, count(DISTINCT account_id) AS accounts,
           SUM(agreed_rub)::DECIMAL(18,2) AS agreed_rub, SUM(due_rub)::DECIMAL(18,2) AS due_rub,
           SUM(paid_rub)::DECIMAL(18,2) AS paid_rub, SUM(next_rub)::DECIMAL(18,2) AS next_rub
    FROM instalments GROUP BY ALL
"""
_FEES: Final = """
    SELECT count(DISTINCT account_id) FILTER (outcome_code = 'risen') AS risen,
           count(DISTINCT account_id) FILTER (outcome_code <> 'risen') AS blind
    FROM fees_compared
"""
_STATES: Final = {"due": "пора", "later": "срок не наступил", "": "—"}
_ACCOUNTS: Final = "SELECT count(DISTINCT account_id) FROM {table}"


def restriction(source: Source) -> Section:
    """By what the provider is asked to do, and whether it may."""
    rows = sorted(
        source.sql.rows(_RESTRICTION, night=source.as_of),
        key=lambda row: (list(words.restriction_action).index(row["next_action_code"]), row["state"]),
    )
    bars = [Bar(f"{words.restriction_action(row['next_action_code'])}: {_state(row['state'])}", row["services"])
            for row in rows]
    return Section(
        code="restriction", title="Ограничение услуг", sheet="Ограничение",
        question="Кого поставщику предупредить, кого можно ограничить и кому пора вернуть услугу?",
        counted=(
            "Строка списка — счёт, получатель и услуга с долгом больше порога по нормативу, предупреждённая или "
            "отключённая (ПП РФ № 354, п. 117–120). Долг — просроченный за эту услугу; к взысканию — без денег, "
            "которые могут его закрыть. Шаг, которому что-то мешает, не делают, пока помеха не снята."
        ),
        columns=(
            key("next_action_code", "Шаг", words.restriction_action), key("state", "Когда или что мешает", _state),
            count("services", "Услуг"), count("accounts", "Счетов", fold="none"), money("total_rub", "Долг за услугу"),
            money("claimed_rub", "К взысканию"),
        ),
        rows=rows, total={"accounts": source.sql.value(_ACCOUNTS.format(table="restriction_list"))},
        empty="Ограничивать некого: долгов больше порога нет.",
        chart=Chart("bars", bars, "услуг", "Услуги по следующему шагу") if bars else None,
    )


def cases(source: Source) -> Section:
    """Filed cases by where they stand, and what is asked of court, bank and bailiffs tonight."""
    rows = sorted(
        source.sql.rows(_CASES, night=source.as_of),
        key=lambda row: (list(words.court_stage).index(row["stage_code"]),
                         list(words.court_action).index(row["next_action_code"])),
    )
    bars = [Bar(words.court_stage(row["stage_code"]), row[column], name) for row in rows
            for name, column in (("ещё открыто", "open_rub"), ("взыскано", "enforced_rub"))]
    asked = source.sql.rows(_ASKED)[0]
    return Section(
        code="cases", title="Судебные дела и исполнение", sheet="Судебные дела",
        question="Где стоят поданные дела, что взыскано и что пора сделать, уменьшить или отозвать?",
        counted=(
            "Дела из реестра с их событиями. Заявлено — основной долг последнего акта суда за вычетом взысканного, "
            "открыто — что из месяцев дела не оплачено сейчас; пени и пошлина — что по делу не получено и от чего "
            "взыскатель не отказался. Взыскано лишнего — деньги банка и приставов, пришедшие, "
            "когда долга уже не было: их возвращают."
        ),
        columns=(
            key("stage_code", "Ступень", words.court_stage),
            key("next_action_code", "Следующий шаг", words.court_action), count("cases", "Дел"),
            count("accounts", "Счетов", fold="none"), money("claimed_rub", "Заявлено"), money("open_rub", "Открыто"),
            money("penalty_left_rub", "Осталось пеней"), money("duty_left_rub", "Осталось пошлины"),
            money("enforced_rub", "Взыскано"), money("double_rub", "Взыскано лишнего"), count("due", "Пора сегодня"),
        ),
        rows=rows, total={"accounts": source.sql.value(_ACCOUNTS.format(table="court_standing"))},
        empty="Поданных дел нет.", notes=_asked(asked),
        chart=Chart("bars", bars, "₽", "Дела по ступеням, рублей") if rows else None,
    )


def instalments(source: Source) -> Section:
    """Agreements by whether they are kept."""
    rows = sorted(
        source.sql.rows(_INSTALMENTS), key=lambda row: list(words.instalment).index(row["status_code"])
    )
    bars = [
        Bar(words.instalment(row["status_code"]), sum_rub, name) for row in rows
        for name, sum_rub in (("оплачено", row["paid_rub"]), ("ещё не оплачено", row["agreed_rub"] - row["paid_rub"]))
    ]
    return Section(
        code="instalments", title="Рассрочки", sheet="Рассрочки",
        question="Сколько договорились платить частями, кто соблюдает, а кто нарушил?",
        counted=(
            "Действующее соглашение каждого счёта и получателя. Пора — части, чей последний день прошёл; оплачено — "
            "деньги после подписания на долги, срок которых к нему наступил. Пока соглашение соблюдается, о долге не "
            "напоминают, услугу не ограничивают и в суд не идут; нарушенное ничего не удерживает."
        ),
        columns=(
            key("status_code", "Состояние", words.instalment), count("agreements", "Соглашений"),
            count("accounts", "Счетов", fold="none"), money("agreed_rub", "По соглашению"), money("due_rub", "Пора"),
            money("paid_rub", "Оплачено"), money("next_rub", "Ближайшие части"),
        ),
        rows=rows, total={"accounts": source.sql.value(_ACCOUNTS.format(table="instalments"))},
        empty="Действующих рассрочек нет.", notes=_by_right(source),
        chart=Chart("bars", bars, "₽", "Рассрочки: оплачено и осталось, рублей") if rows else None,
    )


def _state(state: str | None) -> str:
    """«пора», «срок не наступил», or what blocks the step; nothing of a total."""
    if state is None or state in _STATES:
        return _STATES.get(state or "", "")
    return ", ".join(words.restriction_block.get(code) or words.hold(code) for code in state.split(","))


def _asked(asked: dict[str, Any]) -> tuple[str, ...]:
    withdrawn = (f"Этой ночью уменьшить, отозвать или вернуть просят {counted(asked['withdrawals'], 'раз')}: оплачено "
                 f"мимо суда {roubles(asked['paid_rub'])}.")
    writs = (f"Исполнительных документов к отправке этой ночью: {asked['writs']} на {roubles(asked['claimed_rub'])}.")
    told = [*([withdrawn] if asked["withdrawals"] else []), *([writs] if asked["writs"] else [])]
    if asked["claims"]:
        told.append(f"Приказ отменён, пора подать иск: {counted(asked['claims'], 'дело')}, цена иска "
                    f"{roubles(asked['price_rub'])} (долг и пени), сверх неё доплатить пошлины "
                    f"{roubles(asked['duty_rub'])}; первое — до {day(asked['file_by_on'])}.")
    return tuple(told)


def _by_right(source: Source) -> tuple[str, ...]:
    """How many have the seasonal right, and for how many nobody can tell (ПП 354, п. 72)."""
    (fees,) = source.sql.rows(_FEES)
    if not fees["risen"] and not fees["blind"]:
        return ()
    return (
        "Плата за месяц выросла к прошлому году больше законной доли (рассрочка по праву): "
        f"{number(fees['risen'])} сч.; "
        f"сравнить просроченную плату не с чем, в книге нет того же месяца прошлого года: {number(fees['blind'])} сч.",
    )
