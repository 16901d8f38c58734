"""Allocation: which item a payment pays. Shared ground of ledger (by arrival) and eligibility (by value date)."""

from pipeline.domain.allocation.reopening import with_reopened
from pipeline.domain.allocation.rounds import Allocated, allocate

__all__ = ["Allocated", "allocate", "with_reopened"]
