"""Pure polars: frames in, frames out. No files, no clock, no orchestration; rooms meet through tables."""
