"""Promises of changes of owner and of benefits, as SQL over the files of the run.

They compare with the lines of documents, so they speak before publish only. Not here: other recalculations.
"""

from typing import Final

from pipeline.checks.asked import Broken, broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.recalculation import FEE_CAUSES, OWNER_SHARES, RECALCULATIONS
from pipeline.contracts.registers import SERVICE_KINDS
from pipeline.rules.recalculation_benefits import BenefitRules
from pipeline.rules.recalculation_owners import OwnerRules
from pipeline.storage.run import MonthRun

_STAGED: Final = (
    "charges", "billing_documents", "lines_of_applications", "proposals_of_applications", "ownership_transfers",
    "benefits", "benefit_norms", "accounts", "premises", "services",
)
#: Both accounts may lie in different parts.
_OF_THE_BOOK: Final = "recalculation_owner_pairs"


@room_check(RECALCULATIONS, blocking=True)
def owners_owe_their_own_days(run: MonthRun) -> Finding:
    """Плата делится по дню регистрации права: дни или объём прежнего собственника его, остальное нового, до копейки."""
    new_day = int(OwnerRules.in_force(run.rule_book, run.month.first_day).registration_day_is_new)
    return _broken(run, "recalculation_owners", new_day=new_day).finding("Плата разделена по дням собственников")


@room_check(RECALCULATIONS, blocking=True)
def what_leaves_one_owner_comes_to_the_other(run: MonthRun) -> Finding:
    """Что смена собственника снимает с одного счёта, то начисляется другому, строка к строке."""
    found = _broken(run, "recalculation_owner_pairs")
    return found.finding("Снятое у прежнего собственника равно начисленному новому")


@room_check(RECALCULATIONS, blocking=True)
def benefits_are_counted_by_days(run: MonthRun) -> Finding:
    """Льгота: плата в пределах нормы × доля × дни; кончившаяся доначислена за дни после неё, и ничего больше."""
    rules = BenefitRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(
        run, "recalculation_benefits", norm_kinds=",".join(rules.norm_kinds),
        service_kinds=",".join(rules.service_kinds), all_kinds_told=",".join(SERVICE_KINDS),
        one_e7=rules.area_norm_one_e7, two_e7=rules.area_norm_two_e7, each_e7=rules.area_norm_each_e7,
        back_months=rules.back_months_max,
    )
    return found.finding("Льготы пересчитываются по дням")


def _broken(run: MonthRun, name: str, **values: str | int) -> Broken:
    """What breaks one promise."""
    files = {table.name: run.parquet(table.name) for table in (RECALCULATIONS, OWNER_SHARES)}
    files |= {name: run.staged_parquet(name) for name in _STAGED}
    files |= {"state_recalculations": run.state.parquet(RECALCULATIONS.name)}
    ask = broken if name == _OF_THE_BOOK else broken_in_parts
    return ask(run, name, files | values | {"fee_causes": ",".join(FEE_CAUSES)})
