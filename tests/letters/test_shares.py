"""Who answers for what part of one debt: jointly, or each by his share; nobody's part is guessed."""

from __future__ import annotations

from datetime import date

import pytest
from docx import Document

from pipeline.reports.letters.court_folders import Folders, court_folders
from tests.ingest.town import A1, REGISTERS, Town
from tests.letters.test_court_folders import read, rows_of, with_courts
from tests.letters.town import FEBRUARY, computed, lay, published

BLANKS = ("Должник Доля Основной долг, ₽ Госпошлина, ₽ Берёзкин Пётр Ильич ________ ____________ ____________ "
          "Лугов <Иван> & Ко ________ ____________ ____________ Всего 1 334,56 2 000,00")
BY_SHARE = "с должников по доле каждого в праве общей собственности в пользу"
JOINTLY = "с должников солидарно в пользу"


def shared(town: Town, *rights: tuple[str, str | None]) -> tuple[Folders, str, str]:
    """The case of A1 with holders by role and share: its folders, the application to file, the one to edit."""
    with_courts(town)
    first, *others = REGISTERS["accounts"]
    kind = "municipal_tenant" if {role for role, _ in rights} == {"tenant"} else "citizen"
    lay(town, "accounts", first | {"account_kind_code": kind}, *others)
    lay(town, "rights", *({"premises_id": f"P-{A1}", "person_id": f"p{place}", "role_code": role, "share": share,
                           "valid_from": date(2015, 1, 1)} for place, (role, share) in enumerate(rights, 1)))
    run = computed(town)
    published(town, run, court_list=rows_of(run, A1))
    told = court_folders(town.book, FEBRUARY)
    document = Document(str(next(told.folder.glob(f"{A1}-*/zayavlenie.docx"))))
    words = [paragraph.text for paragraph in document.paragraphs]
    words += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return told, read(told, A1, "zayavlenie.pdf"), " ".join(" ".join(words).split())


@pytest.mark.parametrize(("roles", "said"), [
    (("owner", "owner"), BY_SHARE), (("joint_owner", "joint_owner"), JOINTLY), (("tenant", "tenant"), JOINTLY),
    (("owner", "joint_owner"), BY_SHARE), (("owner", "tenant"), "с должника в пользу"),
    (("owner",), "с должника в пользу"),
])
def test_several_debtors_answer_by_their_right(town: Town, roles: tuple[str, ...], said: str) -> None:
    told, page, edited = shared(town, *((role, None) for role in roles))

    assert said in page and said in edited
    assert ("shares_unknown" in told.cases["lacks"][0]) == (BLANKS in page) == (BLANKS in edited) == (said == BY_SHARE)


def test_each_owner_answers_for_his_part_to_the_kopeck(town: Town) -> None:
    """A third of 1 334,56 is 444,85 ⅓, of 2 000 ₽ 666,66 ⅔: the kopecks left over go to the largest remainders."""
    told, page, edited = shared(town, ("owner", "1/3"), ("owner", "2/3"))

    for said in (page, edited):
        assert "Берёзкин Пётр Ильич 1/3 444,85 666,67 Лугов <Иван> & Ко 2/3 889,71 1 333,33 Всего 1 334,56" in said
    assert "shares_unknown" not in told.cases["lacks"][0]


@pytest.mark.parametrize("shares", [("1/2", "1/3"), ("1/2", None), ("половина", "1/2"), ("1/2", "0/2"), ("3/2", "1/2")])
def test_shares_that_do_not_make_up_the_whole_are_left_blank(town: Town, shares: tuple[str | None, ...]) -> None:
    told, page, _ = shared(town, *(("owner", share) for share in shares))

    assert BLANKS in page and "shares_unknown" in told.cases["lacks"][0]


def test_an_owner_of_a_half_alone_does_not_answer_for_the_whole(town: Town) -> None:
    told, page, _ = shared(town, ("owner", "1/2"))

    assert BY_SHARE in page and "Берёзкин Пётр Ильич ________" in page
    assert "shares_unknown" in told.cases["lacks"][0]


def test_an_owner_of_the_whole_answers_alone(town: Town) -> None:
    told, page, _ = shared(town, ("owner", "1"))

    assert "с должника в пользу" in page and "shares_unknown" not in told.cases["lacks"][0]


def test_a_child_with_a_share_leaves_it_to_whoever_answers_for_him(town: Town) -> None:
    told, page, _ = shared(town, ("owner", "3/4"), ("minor_owner", "1/4"))

    assert "Берёзкин Пётр Ильич 3/4 1 000,92 1 500,00" in page and "Лугов" not in page
    assert "законный представитель несовершеннолетнего собственника ____________________ 1/4 333,64 500,00" in page
    assert "minor_debtor" in told.cases["lacks"][0]
