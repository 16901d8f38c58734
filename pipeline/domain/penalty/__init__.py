"""Penalties (пени) of citizens for paying late: frames of one part in, frames out."""
