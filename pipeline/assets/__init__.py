"""Thin Dagster assets, one file a room: month, rules, call, deliver."""
