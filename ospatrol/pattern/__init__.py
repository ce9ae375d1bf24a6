"""Patterns of every language that rules, decoders and checks use: read, weighed and run in bounded time."""
