"""Metering: judged readings, memory of every meter, charges that no register has confirmed yet."""
