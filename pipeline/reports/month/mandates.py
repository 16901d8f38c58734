"""Creditors' mandates: contacts and money by stage, the accounts left alone beside those that are worked."""

from __future__ import annotations

from typing import Final

from pipeline.contracts.debt import STAGES
from pipeline.rendering import words
from pipeline.reports.month.section import Section, count, key, money, share
from pipeline.reports.month.source import Source

_SQL: Final = """
    SELECT mandate_id, group_code, stage_code, accounts, total_rub, sent, delivered, paid_rub, received_rub,
           filed, granted, (received_rub + total_rub)::DECIMAL(18,2) AS owed_rub
    FROM mandate_funnel
    WHERE accounts > 0 OR sent > 0 OR received_rub <> 0 OR filed > 0 OR granted > 0
"""
_OF_HOLD_OUT: Final = (
    " С контрольной группой не связываются: её выбирает жребий, и разница долей «Собрано» показывает, что дали сами "
    "обращения."
)


def mandates(source: Source) -> Section:
    """By mandate, group and stage; money of the whole mandate, not of the month alone."""
    rows = sorted(source.sql.rows(_SQL), key=lambda row: (
        row["mandate_id"], row["group_code"], STAGES.index(row["stage_code"])
    ))
    has_hold_out = any(row["group_code"] == "hold_out" for row in rows)
    return Section(
        code="mandates", title="Поручения получателей", sheet="Поручения",
        question="Что дали обращения по поручению и что было бы без них?",
        counted=(
            "Счета с просроченным долгом стоят у последней отправленной ступени; отправлено, доставлено и деньги — с "
            "начала поручения. «Вслед за ступенью» — оплачено за дни, названные в поручении. «Подано в суд» и "
            f"«Приказов» — дела этого получателя по тем же счетам.{_OF_HOLD_OUT if has_hold_out else ''}"
        ),
        columns=(
            key("mandate_id", "Поручение"), key("group_code", "Группа", words.mandate_group),
            key("stage_code", "Ступень", words.stage), count("accounts", "Счетов"), money("total_rub", "Просрочено"),
            count("sent", "Отправлено"), count("delivered", "Доставлено"), money("paid_rub", "Вслед за ступенью"),
            money("received_rub", "Оплачено"), share("received", "Собрано", "received_rub", "owed_rub"),
            count("filed", "Подано в суд"), count("granted", "Приказов"),
        ),
        hidden=(money("owed_rub", "Долг и оплаченное"),), rows=rows, empty="Поручений в этом месяце нет.",
    )
