"""Debtors by track and stage, and the lists of the night. One debt may stand on both tracks: they do not add up."""

from __future__ import annotations

from typing import Any, Final

from pipeline.contracts.debt import STAGES
from pipeline.rendering import words
from pipeline.reports.month.section import Bar, Chart, Section, count, key, money, told
from pipeline.reports.month.source import Source

_SQL: Final = """
    SELECT stage_code, next_action_code, count(*) AS pairs, count(DISTINCT account_id) AS accounts,
           SUM(total_rub)::DECIMAL(18,2) AS total_rub, SUM(shielded_rub)::DECIMAL(18,2) AS shielded_rub,
           SUM(claimed_rub)::DECIMAL(18,2) AS claimed_rub,
           count(*) FILTER (next_action_on <= $night) AS due, count(*) FILTER (len(holds) > 0) AS held
    FROM debtors WHERE track_code = $track GROUP BY ALL
"""
_ACCOUNTS: Final = "SELECT count(DISTINCT account_id) FROM debtors WHERE track_code = $track"
_LISTS: Final = "SELECT list_code, status_code, awaited, rows, total_rub FROM debtor_lists ORDER BY list_code"
_COVER: Final = (
    "«Может быть оплачено» — авансы, предложенные снижения и невыясненные платежи, к взысканию — остальное. "
)
_COUNTED: Final = {
    "notice": (
        "Строка таблицы должников — счёт и получатель с просроченным долгом без спорных сумм, пеней и судебных "
        f"расходов. {_COVER}Ступень — та, которую пора отправить, а пока не пора — последняя отправленная."
    ),
    "court": (
        "Строка таблицы должников — счёт и получатель с долгом, который примет суд: без спорных сумм, сумм без "
        "месяцев, месяцев с прошедшей давностью и уже поданных в суд. Пени и пошлина здесь не считаются, их называет "
        f"список дел. {_COVER}Долг стоит и среди напоминаний: эти таблицы не складываются."
    ),
}
_SHEETS: Final = {"notice": "Должники напоминания", "court": "Должники суд"}


def notice(source: Source) -> Section:
    """The track of reminders, messages and debt receipts: every debt in arrears is on it."""
    return _track(source, "notice", "Кому уже напоминали, кому пора и кого это ещё ждёт?")


def court(source: Source) -> Section:
    """The court track."""
    return _track(source, "court", "Что созрело для судебного приказа и что уже подано?")


def lists(source: Source) -> Section:
    """What may leave tonight."""
    rows = source.sql.rows(_LISTS)
    return Section(
        code="lists", title="Списки ночи", sheet="Списки",
        question="Что можно отправлять сегодня, а что ждёт реестров?",
        counted=(
            "Список готов, когда пришли все реестры, в которых мог быть более ранний платёж. В SMS строка — человек со "
            "всеми его счетами, в остальных списках — счёт и получатель, поэтому строки списков не складываются. SMS и "
            "звонки не называют долг с истёкшей исковой давностью, а у напоминаний выше он в сумме; в списке «в суд» "
            "сумма — основной долг, пени и госпошлина сверх неё."
        ),
        columns=(
            key("list_code", "Список", words.list_title),
            told("status_code", "Состояние", words=words.readiness),
            told("awaited", "Ждёт", words=words.awaited_of), count("rows", "Строк"), money("total_rub", "Сумма"),
        ),
        rows=rows, total=None, empty="Списки в этом месяце не составлялись.",
    )


def _track(source: Source, track: str, question: str) -> Section:
    rows = sorted(source.sql.rows(_SQL, track=track, night=source.as_of), key=_on_the_ladder)
    accounts = source.sql.value(_ACCOUNTS, track=track)
    name = words.track(track)
    bars = [Bar(_step(row), row["claimed_rub"]) for row in rows]
    return Section(
        code=f"debtors_{track}", title=f"Должники: {name}", sheet=_SHEETS[track], question=question,
        counted=_COUNTED[track],
        columns=(
            key("stage_code", "Ступень", words.stage), key("next_action_code", "Следующий шаг", words.stage),
            count("accounts", "Счетов", fold="none"), count("pairs", "Долгов"), money("total_rub", "Просрочено"),
            money("shielded_rub", "Может быть оплачено"), money("claimed_rub", "К взысканию"),
            count("due", "Пора сегодня"), count("held", "С запретом"),
        ),
        rows=rows, total={"accounts": accounts}, empty="Должников на этом направлении нет.",
        chart=Chart("bars", bars, "₽", f"К взысканию по ступеням, рублей: {name}") if bars else None,
    )


def _on_the_ladder(row: dict[str, Any]) -> tuple[int, int]:
    return STAGES.index(row["stage_code"]), STAGES.index(row["next_action_code"])


def _step(row: dict[str, Any]) -> str:
    stage, following = words.stage(row["stage_code"]), words.stage(row["next_action_code"])
    if row["stage_code"] == row["next_action_code"]:
        return f"{stage}: пора"
    if row["stage_code"] == "none":
        return f"впереди {following}"
    return f"{stage}, дальше {following}" if row["next_action_code"] != "none" else f"{stage}, дальше ничего"
