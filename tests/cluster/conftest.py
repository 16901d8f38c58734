"""Tests of a cluster and of a store need Ray and boto3, which the main lock does not hold.

Collected by the main environment, this folder is one test a file, which makes the environment of
requirements-cluster.lock and runs the file in it; inside that environment the files are collected themselves.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

OUTSIDE = "test_in_their_environment.py"
_here = sorted(file.name for file in Path(__file__).parent.glob("test_*.py"))
collect_ignore = [OUTSIDE] if find_spec("ray") else [name for name in _here if name != OUTSIDE]
