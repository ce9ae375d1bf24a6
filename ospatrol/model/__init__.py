"""The nouns: frozen values and closed sets, nothing else."""
