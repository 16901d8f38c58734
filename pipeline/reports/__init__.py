"""What people read of a published month: why, the report, differences, finance. Reads published files only."""
