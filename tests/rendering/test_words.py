"""Words for people: no code of a refused row reaches the screen raw."""

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import Stage
from pipeline.rendering import words


def test_every_promise_of_a_delivered_row_has_a_word_for_its_breach() -> None:
    landed = tables_of(Stage.FEED, Stage.REGISTER, Stage.EVENT, Stage.OPENING)
    breaches = {f"broken_{promise}" for table in landed for promise in table.rows}

    assert breaches
    assert sorted(code for code in breaches if words.reason(code) == code) == []
