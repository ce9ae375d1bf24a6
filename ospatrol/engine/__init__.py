"""Events and a ruleset give alerts: compiled once, pure."""
