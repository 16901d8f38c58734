"""No code of what left, came back or was decided reaches a reader without its words."""

from __future__ import annotations

import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.rendering import words
from pipeline.rendering.words import Words
from pipeline.reports.explain import wording


@pytest.mark.parametrize(("table", "column", "said"), [
    ("debtors", "next_action_code", words.stage), ("debtors", "track_code", words.track),
    ("restriction_list", "stage_code", words.restriction_stage),
    ("restriction_list", "next_action_code", words.restriction_action),
    ("instalments", "status_code", words.instalment), ("court_standing", "stage_code", words.court_stage),
    ("court_standing", "next_action_code", words.court_action),
    ("enforcement_list", "addressee_code", words.addressee), ("court_events", "event_code", wording.COURT_EVENTS),
    ("restriction_acts", "act_code", wording.ACTS), ("dunning_outcomes", "outcome_code", wording.OUTCOMES),
    ("person_statuses", "status_code", words.person_status),
    ("penalties", "reason_code", words.penalty_reason), ("penalty_scales", "scale_code", words.penalty_scale),
    ("penalty_exemptions", "reason_code", words.hold),
    ("handovers", "asked_code", wording.ASKED), ("handovers", "handed_to_code", wording.HANDED_TO),
])
def test_every_code_of_a_column_has_words(table: str, column: str, said: Words) -> None:
    allowed = TABLES[table][column].allowed

    assert allowed
    assert [code for code in allowed if code not in said] == []
