"""Dagster asset checks, one file a room; each is named as the sentence that should be true."""
