"""Through which channels payments came and how long they took from the payer to the centre."""

from __future__ import annotations

from typing import Final

from pipeline.rendering import words
from pipeline.reports.month.section import Bar, Chart, Section, average, count, key, money, share, told
from pipeline.reports.month.source import Source

_SQL: Final = """
    WITH paid AS (
        SELECT channel_code, amount_rub, greatest(0, date_diff('day', paid_at::DATE, received_on)) AS days
        FROM posted_payments
    ),
    mixed AS (
        SELECT channel_code, count(*) AS payments, SUM(amount_rub)::DECIMAL(18,2) AS amount_rub,
               SUM(days)::BIGINT AS days, count(*) FILTER (days <= 1) AS in_1,
               count(*) FILTER (days BETWEEN 2 AND 3) AS in_3,
               count(*) FILTER (days BETWEEN 4 AND 7) AS in_7,
               count(*) FILTER (days > 7) AS longer, max(days) AS longest
        FROM paid GROUP BY ALL
    )
    SELECT *, (SUM(amount_rub) OVER ())::DECIMAL(18,2) AS all_rub FROM mixed
    ORDER BY amount_rub DESC, channel_code
"""
_DELAYS: Final = (("до 1 дня", "in_1"), ("2–3 дня", "in_3"), ("4–7 дней", "in_7"), ("больше 7 дней", "longer"))


def channels(source: Source) -> Section:
    """Payments of the cycle by channel."""
    rows = [row | {"is_own": row["channel_code"] in source.names.own_online} for row in source.sql.rows(_SQL)]
    bars = [Bar(words.channel(row["channel_code"]), row[column], name) for row in rows for name, column in _DELAYS]
    return Section(
        code="channels", title="Каналы оплаты и задержка", sheet="Каналы оплаты",
        question="Через что платят и через сколько дней деньги видны в центре?",
        counted=(
            "Платежи, проведённые в цикле, целиком, до сторно. Задержка — от дня оплаты до дня, когда деньги или "
            "реестр пришли в центр; «свой» — собственный онлайн-канал центра."
        ),
        columns=(
            key("channel_code", "Канал", words.channel),
            told("is_own", "Свой", words=lambda own: "да" if own else "нет"),
            count("payments", "Платежей"), money("amount_rub", "Сумма"),
            share("part", "Доля", "amount_rub", "all_rub"),
            average("delay", "Задержка, дней в среднем", "days", "payments"),
            *(count(column, name) for name, column in _DELAYS), count("longest", "Самая долгая, дней", fold="max"),
        ),
        hidden=(count("days", "Дней задержки"),), rows=rows, empty="В этом цикле платежей не было.",
        total={"all_rub": rows[0]["all_rub"]} if rows else {},
        chart=Chart("bars", bars, "платежей", "Платежи по каналам и задержке") if rows else None,
    )
