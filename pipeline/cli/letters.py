"""Commands that print papers: debt receipts of a list, certificates of debt.

Files with addresses and sums are for their owner only. Not here: what the papers say.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption, MonthOption, read_day

if TYPE_CHECKING:
    import polars as pl

    from pipeline.billing_month import BillingMonth
    from pipeline.reports.letters.batches import Kind, Printed

#: Letters by name: the module and the name of their kind.
KINDS = {
    "debt_receipts": ("receipts", "DEBT_RECEIPT"), "restriction_notices": ("restriction_notices", "RESTRICTION_NOTICE"),
    "instalment_offers": ("instalment_offers", "INSTALMENT_OFFER"),
    "pretrial_notices": ("pretrial_notices", "PRETRIAL_NOTICE"),
}
#: Letters of filed cases, a folder each, and the list that they hand over.
CASE_LETTERS = {"enforcement_papers": "enforcement_list", "withdrawal_letters": "withdrawal_list"}
PROVIDER_SHEETS = "provider_sheets"
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="ПАПКА", show_default="личная папка участка (personal/)",
                 help="Где завести папку с файлами; она закрывается от посторонних, остальное в ПАПКЕ не тронуто."),
]


def letters(
    name: Annotated[str, typer.Argument(
        metavar="СПИСОК",
        help="Что печатать: debt_receipts, долговые квитанции; restriction_notices, предупреждения об ограничении; "
             "provider_sheets, листы поставщикам: что отключить и что вернуть; instalment_offers, предложения "
             "рассрочки; pretrial_notices, уведомления о суде; enforcement_papers, заявления в банк и приставам; "
             "withdrawal_letters, письма об уменьшении, отзыве и возврате документов.",
    )],
    month: MonthOption,
    out: OutOption = None,
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", min=1, max=2000, help="Писем в одном файле PDF.")
    ] = 250,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Напечатать список писем: файлы PDF с кодом для оплаты и опись, какое письмо в каком файле."""
    from pipeline.cli.books import known_book
    from pipeline.cli.progress import progress
    from pipeline.reports.letters.batches import print_letters

    if name in CASE_LETTERS:
        _case_letters(book, month, name, out)
        return
    if name == PROVIDER_SHEETS:
        _provider_sheets(book, month, out)
        return
    if name not in KINDS:
        every = ", ".join([*KINDS, PROVIDER_SHEETS, *CASE_LETTERS])
        raise typer.BadParameter(f"писем «{name}» нет; есть: {every}", param_hint="СПИСОК")
    known, kind = known_book(book), _kind(name)
    with progress() as listen:
        listen("letters", 0, 1)
        printed = print_letters(known, month, kind, out=_folder(out), a_batch=batch)
    _tell(printed, kind)


def certificate(
    account: Annotated[
        str | None, typer.Argument(metavar="СЧЁТ", show_default=False, help="Номер лицевого счёта.")
    ] = None,
    on: Annotated[
        date | None,
        typer.Option("--on", metavar="ГГГГ-ММ-ДД", parser=read_day, show_default="последний посчитанный день",
                     help="На конец какого дня."),
    ] = None,
    issued_on: Annotated[
        date | None,
        typer.Option("--issued-on", metavar="ГГГГ-ММ-ДД", parser=read_day, show_default="сегодня",
                     help="День выдачи, стоит на справке."),
    ] = None,
    accounts: Annotated[
        Path | None, typer.Option("--accounts", metavar="ФАЙЛ", parser=Path, help="Файл: номер счёта в каждой строке.")
    ] = None,
    out: OutOption = None,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Выдать справку о задолженности (или её отсутствии) на день: одну или по списку счетов."""
    from pipeline.billing_month import MOSCOW
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.money import roubles_of
    from pipeline.rendering.russian import counted, day, roubles
    from pipeline.reports.letters.certificates import certificates
    from pipeline.reports.letters.standing import counted_days

    known = known_book(book)
    issued = certificates(
        known, _accounts(account, accounts), on or counted_days(known)[-1].until,
        issued_on=issued_on or datetime.now(MOSCOW).date(), out=_folder(out),
    )
    index = issued.index
    if index.height == 1:
        row = index.row(0, named=True)
        said = f"долг {roubles(roubles_of(row['debt_kop']))}" if row["debt_kop"] else "долга нет"
        say(f"Счёт {row['account_id']} на {day(row['owed_on'])}: {said}.")
        say(f"Справка (доступ только у владельца): {issued.folder / row['file_name']}")
        return
    owing = index.filter(index["debt_kop"] > 0)
    say(f"Справок: {counted(index.height, 'файл')}; с долгом {owing.height} "
        f"на {roubles(roubles_of(int(owing['debt_kop'].sum())))}; опись: certificates.parquet.")
    say(f"Файлы (доступ только у владельца): {issued.folder}")


def agreement(
    account: Annotated[str, typer.Argument(metavar="СЧЁТ", show_default=False, help="Номер лицевого счёта.")],
    months: Annotated[int, typer.Option("--months", metavar="N", help="На сколько ежемесячных частей.")],
    on: Annotated[date, typer.Option("--on", metavar="ГГГГ-ММ-ДД", parser=read_day, help="День подписания.")],
    creditor: Annotated[
        str | None, typer.Option("--creditor", metavar="КОД", show_default=False,
                                 help="Получатель, один, по реестру creditors; без него — кому счёт должен."),
    ] = None,
    out: OutOption = None,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Подготовить соглашение о рассрочке: долг на день подписания, график частей, PDF и DOCX."""
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.money import roubles_of
    from pipeline.rendering.russian import day, roubles
    from pipeline.reports.letters.agreements import draft

    drafted = draft(known_book(book), account, creditor, months, on, out=_folder(out))
    parts = drafted.parts
    say(f"Соглашение {parts['agreement_id'][0]}: {roubles(roubles_of(int(parts['part_kop'].sum())))}, "
        f"частей {parts.height}, первая до {day(parts['part_due_on'][0])}, "
        f"последняя до {day(parts['part_due_on'][-1])}.")
    say(f"Файлы (доступ только у владельца): {drafted.folder}")
    say("Когда соглашение подписано, части из agreement_parts.parquet передают в landing/instalment_agreements.")


def court_folder(
    month: MonthOption,
    account: Annotated[
        str | None, typer.Option("--account", metavar="СЧЁТ", show_default="все дела", help="Только дело этого счёта.")
    ] = None,
    to_notary: Annotated[
        bool, typer.Option("--to-notary", help="Заявление нотариусу вместо суда, если участок это включил.")
    ] = False,
    claims: Annotated[
        bool, typer.Option("--claims", help="Иски по делам, где судебный приказ отменён.")
    ] = False,
    out: OutOption = None,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Собрать папки судебных дел: заявление (PDF и DOCX), расчёты, выписка, опись с контрольными суммами."""
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.money import roubles_of
    from pipeline.rendering.claim_words import CLAIM_PRICE, ORDER_PRICE, PRINCIPAL
    from pipeline.rendering.lacking_words import court_lacking
    from pipeline.rendering.russian import number, roubles
    from pipeline.reports.letters.court_folders import court_folders

    if claims and to_notary:
        raise typer.BadParameter("иск подают в суд, а не нотариусу", param_hint="--claims")
    made = court_folders(
        known_book(book), month, account=account, to_notary=to_notary, are_claims=claims, out=_folder(out)
    )
    ready = made.cases.drop_nulls("folder_name")
    sums = {name: roubles(roubles_of(int(ready[f"{name}_kop"].sum())))
            for name in ("principal", "penalty", "price", "duty")}
    price = CLAIM_PRICE if claims else ORDER_PRICE
    say(f"Собрано дел: {number(ready.height)}, файлов {number(made.files.height)}; {PRINCIPAL} {sums['principal']}, "
        f"пени {sums['penalty']}, {price} {sums['price']}; госпошлина отдельно {sums['duty']}.")
    for code, rows in _counted(made.cases):
        say(f"Проверить до подачи — {court_lacking(code)}: {number(rows)}.")
    say(f"Папки (доступ только у владельца): {made.folder}; перечень: dela.xlsx")
    say(f"Когда заявления поданы: raschet dispatch {'claim_list' if claims else 'court_list'} --on ГГГГ-ММ-ДД")


def _accounts(account: str | None, listed: Path | None) -> list[str]:
    if (account is None) == (listed is None):
        raise typer.BadParameter("укажите номер счёта или файл со счетами (--accounts)", param_hint="СЧЁТ")
    if account is not None:
        return [account]
    assert listed is not None  # one of the two is given
    try:
        lines = listed.expanduser().read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"файл {listed} не читается", param_hint="--accounts") from None
    named = [line.strip() for line in lines if line.strip()]
    if not named:
        raise typer.BadParameter(f"в файле {listed} нет ни одного счёта", param_hint="--accounts")
    return named


def _folder(out: Path | None) -> Path | None:
    return None if out is None else out.expanduser().resolve()


def _kind(name: str) -> Kind:
    from importlib import import_module

    module, kind = KINDS[name]
    found: Kind = getattr(import_module(f"pipeline.reports.letters.{module}"), kind)
    return found


def _case_letters(book: Path, month: BillingMonth, name: str, out: Path | None) -> None:
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.money import roubles_of
    from pipeline.rendering.lacking_words import court_lacking
    from pipeline.rendering.russian import number, roubles
    from pipeline.reports.letters.case_batches import REGISTER, case_letters

    made = case_letters(known_book(book), month, name, out=_folder(out))
    left = roubles(roubles_of(int(made.letters["left_kop"].sum())))
    say(f"Подготовлено писем: {number(made.letters.height)}, осталось взыскать по ним {left}.")
    for code, rows in _counted(made.letters):
        say(f"Проверить до отправки — {court_lacking(code)}: {number(rows)}.")
    say(f"Папки (доступ только у владельца): {made.folder}; реестр: {REGISTER}")
    say(f"Когда письма отданы: raschet dispatch {CASE_LETTERS[name]} --on {made.run_on}")


def _provider_sheets(book: Path, month: BillingMonth, out: Path | None) -> None:
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.rendering.russian import counted
    from pipeline.rendering.words import restriction_action
    from pipeline.reports.letters.provider_sheets import provider_sheets

    made = provider_sheets(known_book(book), month, out=_folder(out))
    asked = made.index.group_by("asked_code").len().sort("asked_code").rows()
    told = ", ".join(f"{restriction_action(code)} — {counted(rows, 'услуга')}" for code, rows in asked)
    say(f"Листов поставщикам: {made.index['file_name'].n_unique()}; {told}.")
    say(f"Файлы PDF и Excel (доступ только у владельца): {made.folder}; опись: provider_sheets.parquet.")
    say(f"Когда листы отданы: raschet dispatch restriction_list --on {made.run_on}")


def _tell(printed: Printed, kind: Kind) -> None:
    from pipeline.cli.screen import say
    from pipeline.money import roubles_of
    from pipeline.rendering.lacking_words import lacking
    from pipeline.rendering.russian import counted, number, roubles

    index = printed.index
    in_files = index.drop_nulls("file_name")
    claimed = roubles_of(int(in_files["claimed_kop"].sum()))
    say(f"Напечатано писем: {number(printed.letters)} на {roubles(claimed)}, "
        f"{counted(in_files['file_name'].n_unique(), 'файл')}; опись: {kind.index.name}.parquet.")
    for code, rows in _counted(index):
        say(f"Внимание: {lacking(code)}: {number(rows)}.")
    say(f"Файлы (доступ только у владельца): {printed.folder}")
    say(f"Когда письма отданы на доставку: raschet dispatch {kind.handed_as} --on {printed.run_on}")


def _counted(index: pl.DataFrame) -> list[tuple[str, int]]:
    """How many rows lack what."""
    every = index.select("lacks").explode("lacks", empty_as_null=True).drop_nulls()
    return [(str(code), int(rows)) for code, rows in every["lacks"].value_counts().sort("lacks").rows()]
