"""Ingest: what arrived is accepted, repeated, superseded, suspended or quarantined, and nothing else."""
