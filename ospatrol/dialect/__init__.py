"""One file a language of rules or checks, each read into the same nouns."""
