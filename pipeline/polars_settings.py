"""How polars runs in a process of ours: known before polars is loaded, so nothing here imports it.

Only variables of the environment. Not here: how many processes there are (`storage/parts.py`).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final

ALLOCATOR: Final = "_RJEM_MALLOC_CONF"
#: One thread each: two wait for each other at the cost of a third more CPU. One arena: what one frame gives back
#: serves the next, whichever thread asks for it. Memory that a frame gives back, a large column too, stays with the
#: process for ten seconds: by default it goes to the system after half a second, and the next frame pays for the same
#: pages again, a quarter of all CPU time. Then it goes for good: kept longer (muzzy), it would count as the worker's,
#: half as large again.
ONE_PROCESS: Final = {
    "POLARS_MAX_THREADS": "1", ALLOCATOR: "narenas:1,dirty_decay_ms:10000,muzzy_decay_ms:0,oversize_threshold:0",
}


def settle(environment: MutableMapping[str, str]) -> None:
    """Set what the user has not set; it counts for a process that has not loaded polars yet, and for its children."""
    for name, value in ONE_PROCESS.items():
        environment.setdefault(name, value)
