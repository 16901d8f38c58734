"""An open proposal is asked about where the biller recalculated something else for its line, and only there."""

from datetime import date

from pipeline.contracts.metering import CONSUMPTION
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import SERVICE_CONTRACTS
from pipeline.domain.queue.billing import CREDITOR, proposals
from tests.domain.metering.town import frame


def test_a_proposal_beside_another_recalculation_of_the_biller_is_asked_about() -> None:
    rows = [
        {"proposal_id": name, "account_id": "a", "contract_id": "k", "status_code": "proposed", "cause_code": "absence",
         "difference_kop": -3948, "billed_kop": billed} for name, billed in (("asked", 0), ("untouched", None))
    ]
    queued = proposals(
        frame(RECALCULATIONS, rows), frame(SERVICE_CONTRACTS, []).select(CREDITOR), frame(CONSUMPTION, []),
        issued_on=date(2026, 5, 1),
    )
    assert queued.select("proposal_id", "kind_code", "effect_kop").rows() == [("asked", "mismatched_proposal", 3948)]
