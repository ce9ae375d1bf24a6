"""A log line becomes an event: header, then decoder tree; never fails."""
