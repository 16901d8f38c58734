"""Story accounts of Энск: each shows one case of the rules, and says what must come out of it."""
