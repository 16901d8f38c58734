"""What a scenario changes: who enters and leaves each list, money, messages and cost; the page that shows it."""
