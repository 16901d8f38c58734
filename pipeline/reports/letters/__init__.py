"""Papers of a debt: what is printed from published tables. Files are written by the command line."""
