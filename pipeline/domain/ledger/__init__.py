"""Ledger: what is owed since when, where money goes, what is left."""
