"""Read by every Python process that a test starts (`tests/conftest.py` names this folder in PYTHONPATH)."""

import os

os.fsync = lambda _handle: None
