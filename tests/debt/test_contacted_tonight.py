"""Who gets a message of debt or a call tonight gets no reminder of readings: gathered once a night, over real files."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.assets.reading_reminders import contacted_tonight
from pipeline.contracts.debt import CALL_LIST, DISPATCHES, DISPATCHES_SEEN, SMS_LIST
from pipeline.storage.parts import WHOLE
from tests.checks.metered_book import begun
from tests.domain.metering.town import frame


@pytest.mark.parametrize(("writes", "persons"), [(True, ["called", "left", "texted"]), (False, [])])
def test_persons_of_the_night_are_gathered_once(writes: bool, persons: list[str], tmp_path: Path) -> None:
    run = begun(tmp_path)
    common = {"run_on": run.as_of, "action_id": "x", "account_ids": ["a"], "episode_ids": ["e"], "stage_code": "sms",
              "claimed_kop": 100}
    text = {"is_phone_verified": False, "template_code": "sms_neutral", "segments": 1}
    run.write(SMS_LIST, WHOLE, frame(SMS_LIST, [common | text | {"person_id": "texted"}]))
    run.write(CALL_LIST, WHOLE, frame(CALL_LIST, [common | {"person_id": "called", "reason": "долг"}]))
    left = [("left", run.as_of), ("texted", run.as_of), ("before", run.as_of - timedelta(days=1)), (None, run.as_of)]
    run.write_staged(DISPATCHES_SEEN, WHOLE, frame(DISPATCHES, [
        {"person_id": person, "dispatched_on": day} for person, day in left
    ]))

    assert contacted_tonight(run, writes)["person_id"].to_list() == persons


def test_other_nights_read_no_list(tmp_path: Path) -> None:
    """Nothing is laid, so a look at any list would fail."""
    assert contacted_tonight(begun(tmp_path), False).is_empty()
