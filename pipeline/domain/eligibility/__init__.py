"""«Коммунальный бонус»: who paid the printed bill online, in time and without old debt. See contracts §7."""
