"""Rating: what a line costs by tariffs, norms, persons and areas. The ground under rooms that charge anything anew.

    ground.py     what the registers say of accounts, houses, services and months
    in_force.py   tariffs and norms in force, by contract or house, by territory, for the whole book
    formulas.py   which formula a line has, and why it has none
    waters.py     the water that sewage and heat are counted from
    together.py   lines that are one charge
    stretches.py  days on which nothing changes, their volumes and sums
    core.py       lines in, rated lines out
    wording.py    the arithmetic in Russian words
    audit.py      lines as billed against lines as rated

Volumes at 10⁻⁷ of their unit, tariffs at 10⁻⁶ rouble, sums in kopecks; products through Int128.
"""
