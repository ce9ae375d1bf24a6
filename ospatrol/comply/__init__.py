"""Policies and facts become findings; pure."""
