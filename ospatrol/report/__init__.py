"""Results of a run as JSON, JSON lines or plain text."""
