"""A baseline and a snapshot give changes, each with its explanation."""
