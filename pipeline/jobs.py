"""Jobs: the month as one unit of work, its closing, a what-if. Steps run one by one in the process of the run.

Here: what a launch includes. Not here: the assets, when a job starts (`schedules.py`).
"""

from datetime import date
from typing import Any, Final

import dagster as dg

from pipeline.assets.ingest import day_told
from pipeline.assets.links import linked
from pipeline.billing_month import BillingMonth
from pipeline.closing import close_audited
from pipeline.contracts.scenarios import WHOLE_LIST
from pipeline.money import format_rub
from pipeline.month_context import JOB, without_values
from pipeline.partitions import months
from pipeline.rendering import words
from pipeline.resources import book_root
from pipeline.scenarios import Asked, WhatIf, overrides_text, read_night, what_if
from pipeline.storage.book import Book

CLOSE_JOB: Final = "close_month"
WHAT_IF_JOB: Final = "what_if"
#: Which book a run writes into: several books may share one instance.
BOOK_TAG: Final = "raschet/book"

month_job = dg.define_asset_job(
    name=JOB,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    run_tags={BOOK_TAG: str(book_root())},
    description=(
        "Расчёт месяца целиком: приём поставок, сальдо, показания, перерасчёты, льготы, должники, все проверки и "
        "публикация. Пока хотя бы одна обязательная проверка не пройдена, опубликованный месяц остаётся прежним. "
        "Выберите месяц; день, по который считать поступившее (as_of), можно не указывать: это вчерашний по Москве."
    ),
)


def month_config(as_of: date) -> dict[str, Any]:
    """Run config of the job `month`: the last day of arrivals that counts."""
    return {"ops": {"run_of_month": {"config": {"as_of": as_of.isoformat()}}}}


def closing_config(as_of: date, anyway: str = "") -> dict[str, Any]:
    """Run config of the job `close_month`."""
    return {"ops": {"closed_month": {"config": {"as_of": as_of.isoformat(), "anyway": anyway}}}}


class Closing(dg.Config):
    """`as_of`: на какой день проверять, можно ли закрыть, ГГГГ-ММ-ДД; пусто — на вчерашний по Москве. `anyway`: почему
    закрыть, не дожидаясь опоздавшего реестра; пусто — ждать."""

    as_of: str = ""
    anyway: str = ""


@dg.op(description="Проверяет, можно ли закрыть месяц, сверяет его целиком ещё раз и закрывает навсегда.")
def closed_month(context: dg.OpExecutionContext, config: Closing) -> None:
    """Close the month of the partition."""
    month = BillingMonth.parse(context.partition_key)
    with without_values():
        book, day = Book.at(book_root()).require(), day_told(config.as_of)
        found = close_audited(book, month, as_of=day, anyway=config.anyway)
    context.add_output_metadata({
        "сошлось проверок": found.checks_held, "закрыт, не дожидаясь": "; ".join(found.waived) or "ничего",
    })
    context.log.info(f"Месяц {month} закрыт, цепочка {found.version.chain_hash}")


@dg.job(
    name=CLOSE_JOB,
    partitions_def=months,
    executor_def=dg.in_process_executor,
    run_tags={BOOK_TAG: str(book_root())},
    description=(
        "Закрытие месяца: сверка хешей и цепочки, повторная сверка всех тождеств, затем файлы месяца больше не "
        "меняются. Отказывается, пока ожидаются реестры или не вышли следующие документы. Выберите месяц в Launchpad; "
        "настройки можно не заполнять."
    ),
)
def close_month() -> None:
    """One step."""
    closed_month()


class Scenario(dg.Config):
    """`rules`: что изменить, текст YAML с разделами rules, channels, capacity, например
    'rules: {debt.sms_min_rub: "5000.00"}', или `rules_file`: путь к такому файлу.
    `name`: имя сценария, прежний с этим именем заменяется. `as_of`: с какой сохранённой ночью сравнить (ГГГГ-ММ-ДД),
    пусто — с опубликованным расчётом."""

    rules: str = ""
    rules_file: str = ""
    name: str = "scenario"
    as_of: str = ""


@dg.op(description=(
    "Рассчитывает месяц с другими правилами рядом с ним и сравнивает: кто входит в списки и выходит из них, деньги, "
    "сообщения, стоимость. Опубликованный месяц, журналы и поставки не меняются."
))
def scenario(context: dg.OpExecutionContext, config: Scenario) -> None:
    """Compute and compare the scenario of the partition's month."""
    book = Book.at(book_root()).require()
    with without_values():
        text = overrides_text(config.rules, config.rules_file)
        asked = Asked(BillingMonth.parse(context.partition_key), text, config.name, read_night(config.as_of))
        found = what_if(book, asked, lambda _step, done, total: context.log.info(f"Шаг {done + 1} из {total}"))
    context.add_output_metadata(_figures(book, found))


@dg.job(
    name=WHAT_IF_JOB,
    partitions_def=months,
    executor_def=dg.in_process_executor,
    run_tags={BOOK_TAG: str(book_root())},
    description=(
        "Что, если: тот же месяц с другими порогами, сроками, каналами или пределами списков. Выберите месяц, "
        "впишите в Launchpad изменения одной строкой, например rules: 'rules: {debt.sms_min_rub: \"5000.00\"}', и имя "
        "(name), запустите. Итоги и путь к странице — в метаданных шага "
        "scenario. Месяц остаётся как был; сценарий лежит в папке scenarios и удаляется командой "
        "raschet whatif --delete."
    ),
)
def what_if_job() -> None:
    """One step."""
    scenario()


def _figures(book: Book, done: WhatIf) -> dict[str, Any]:
    """The main figures and the page; no value of any row."""
    rows = [row for row in done.figures.to_dicts() if row["part_code"] == WHOLE_LIST]
    cost = [sum(row[f"cost_{side}_kop"] for row in rows) for side in ("before", "after")]
    lists = {
        words.compared(row["list_code"]):
            f"{row['rows_before']} → {row['rows_after']} (входят {row['enters']}, выходят {row['leaves']}), "
            f"{format_rub(row['before_kop'])} → {format_rub(row['after_kop'])}"
        for row in rows
    }
    changed = {one.title: f"{one.before} → {one.after}" for one in done.told}
    return {
        **lists, "Стоимость": f"{format_rub(cost[0])} → {format_rub(cost[1])}", **changed,
        "Не проходят проверки": "; ".join(done.failed) or "нет", "Замечания": "; ".join(done.remarks) or "нет",
        **linked(book, страница=done.page),
    }
