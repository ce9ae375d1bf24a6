"""A connection gives facts: one collector a file."""
