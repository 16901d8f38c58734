"""No stage is skipped or repeated, missed nights are caught up by date, over histories that a search makes up."""

import random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.domain.debt import population
from tests.domain.debt.population import Population
from tests.examples import examples

ACCOUNTS = 100


class Dunning(RuleBasedStateMachine):
    """A hundred histories a run, twenty runs."""

    @initialize(seed=st.integers(0, 10**6))
    def a_town(self, seed: int) -> None:
        self.town = Population(ACCOUNTS, seed)
        self.town.passes(30)

    @rule(days=st.sampled_from([1, 2, 7, 15, 40]))
    def days_pass(self, days: int) -> None:
        self.town.passes(days)

    @rule(share=st.sampled_from([0.1, 0.5, 1.0]), in_full=st.booleans())
    def some_pay(self, share: float, in_full: bool) -> None:
        self.town.some_pay(share, in_full=in_full)

    @rule()
    def a_night_is_missed(self) -> None:
        self.town.missed_night()

    @rule()
    def lists_leave(self) -> None:
        population.assert_nothing_missed_is_lost(self.town, self.town.night())
        population.assert_nobody_is_troubled_for_nothing(self.town, self.town.handed_over())

    @invariant()
    def the_ladder_is_kept(self) -> None:
        if hasattr(self, "town"):
            population.assert_no_stage_is_skipped_or_repeated(self.town)


TestDunning = Dunning.TestCase
TestDunning.settings = examples(20, steps=12)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_thousand_histories(seed: int) -> None:
    draws, town = random.Random(seed), Population(10_000, seed)
    for _ in range(24):
        town.passes(draws.choice([1, 3, 10, 20]))
        town.some_pay(draws.choice([0.05, 0.3]), in_full=draws.random() < 0.5)
        found = town.night()
        population.assert_nothing_missed_is_lost(town, found)
        population.assert_nobody_is_troubled_for_nothing(town, found)
        town.missed_night() if draws.random() < 0.3 else town.handed_over()
    population.assert_no_stage_is_skipped_or_repeated(town)
    assert town.journal["stage_code"].n_unique() == 5
