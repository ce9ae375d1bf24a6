"""What OSPatrol remembers: SQLite for events and files, TinyDB for the registry that people read."""
