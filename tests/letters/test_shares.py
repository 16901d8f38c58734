"""Who answers for what part of one debt: jointly, or each by his share; nobody's part is guessed."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from docx import Document

from pipeline.reports.letters.court_folders import Folders, court_folders
from tests.letters.test_court_folders import read, rows_of, with_courts
from tests.letters.town import FEBRUARY, computed, flat, indebted_town, lay, published

BLANKS = ("Должник Доля Основной долг, ₽ Госпошлина, ₽ Берёзкин Пётр Ильич ________ ____________ ____________ "
          "Лугов <Иван> & Ко ________ ____________ ____________ Всего 1 334,56 2 000,00")
BY_SHARE = "с должников по доле каждого в праве общей собственности в пользу"
JOINTLY = "с должников солидарно в пользу"


ANSWERS = (
    (("owner", "owner"), BY_SHARE), (("joint_owner", "joint_owner"), JOINTLY), (("tenant", "tenant"), JOINTLY),
    (("owner", "joint_owner"), BY_SHARE), (("owner", "tenant"), "с должника в пользу"),
    (("owner",), "с должника в пользу"),
)
BROKEN = (("1/2", "1/3"), ("1/2", None), ("половина", "1/2"), ("1/2", "0/2"), ("3/2", "1/2"))
THIRDS = (("owner", "1/3"), ("owner", "2/3"))
HALF, WHOLE = (("owner", "1/2"),), (("owner", "1"),)
CHILD = (("owner", "3/4"), ("minor_owner", "1/4"))
Rights = tuple[tuple[str, str | None], ...]


def unsaid(roles: tuple[str, ...]) -> Rights:
    return tuple((role, None) for role in roles)


def owned(shares: tuple[str | None, ...]) -> Rights:
    return tuple(("owner", share) for share in shares)


#: Holders by role and share: a flat of its own, which owes as A1 does.
FLATS = {f"10000001{place:02d}": rights for place, rights in enumerate((
    *(unsaid(roles) for roles, _ in ANSWERS), *map(owned, BROKEN), THIRDS, HALF, WHOLE, CHILD,
))}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """A case of every flat."""
    town = with_courts(indebted_town(tmp_path_factory.mktemp("shares") / "book", also=list(FLATS)))
    lay(town, "accounts", *(
        flat(account, account_kind_code="municipal_tenant" if {role for role, _ in rights} == {"tenant"} else "citizen")
        for account, rights in FLATS.items()
    ))
    lay(town, "rights", *(
        {"premises_id": f"P-{account}", "person_id": f"p{place}", "role_code": role, "share": share,
         "valid_from": date(2015, 1, 1)}
        for account, rights in FLATS.items() for place, (role, share) in enumerate(rights, 1)
    ))
    run = computed(town)
    published(town, run, court_list=rows_of(run, *FLATS))
    return court_folders(town.book, FEBRUARY)


def shared(told: Folders, rights: Rights) -> tuple[list[str], str, str]:
    """The case of a flat with such holders: what it lacks, the application to file, the one to edit."""
    account = next(account for account, of_flat in FLATS.items() if of_flat == rights)
    lacks = told.cases.filter(pl.col("account_ids").list.contains(account))["lacks"].item()
    document = Document(str(next(told.folder.glob(f"{account}-*/zayavlenie.docx"))))
    words = [paragraph.text for paragraph in document.paragraphs]
    words += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return lacks.to_list(), read(told, account, "zayavlenie.pdf"), " ".join(" ".join(words).split())


@pytest.mark.parametrize(("roles", "said"), ANSWERS)
def test_several_debtors_answer_by_their_right(folders: Folders, roles: tuple[str, ...], said: str) -> None:
    lacks, page, edited = shared(folders, unsaid(roles))

    assert said in page and said in edited
    assert ("shares_unknown" in lacks) == (BLANKS in page) == (BLANKS in edited) == (said == BY_SHARE)


def test_each_owner_answers_for_his_part_to_the_kopeck(folders: Folders) -> None:
    """A third of 1 334,56 is 444,85 ⅓, of 2 000 ₽ 666,66 ⅔: the kopecks left over go to the largest remainders."""
    lacks, page, edited = shared(folders, THIRDS)

    for said in (page, edited):
        assert "Берёзкин Пётр Ильич 1/3 444,85 666,67 Лугов <Иван> & Ко 2/3 889,71 1 333,33 Всего 1 334,56" in said
    assert "shares_unknown" not in lacks


@pytest.mark.parametrize("shares", BROKEN)
def test_shares_that_do_not_make_up_the_whole_are_left_blank(folders: Folders, shares: tuple[str | None, ...]) -> None:
    lacks, page, _ = shared(folders, owned(shares))

    assert BLANKS in page and "shares_unknown" in lacks


def test_an_owner_of_a_half_alone_does_not_answer_for_the_whole(folders: Folders) -> None:
    lacks, page, _ = shared(folders, HALF)

    assert BY_SHARE in page and "Берёзкин Пётр Ильич ________" in page
    assert "shares_unknown" in lacks


def test_an_owner_of_the_whole_answers_alone(folders: Folders) -> None:
    lacks, page, _ = shared(folders, WHOLE)

    assert "с должника в пользу" in page and "shares_unknown" not in lacks


def test_a_child_with_a_share_leaves_it_to_whoever_answers_for_him(folders: Folders) -> None:
    lacks, page, _ = shared(folders, CHILD)

    assert "Берёзкин Пётр Ильич 3/4 1 000,92 1 500,00" in page and "Лугов" not in page
    assert "законный представитель несовершеннолетнего собственника ____________________ 1/4 333,64 500,00" in page
    assert "minor_debtor" in lacks
