"""Exchange: what leaves for people's own tools and comes back. Excel is written by `rendering` and read only here."""
