"""Tenancy of municipal flats: whose months they were. The ground under rooms that ask for money."""
