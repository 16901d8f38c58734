"""Tables of a book: columns, grains, keys and promises. Nothing here computes or reads a file."""
