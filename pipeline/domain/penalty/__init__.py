"""Penalties (пени) for paying late: frames of one part in, frames out."""
