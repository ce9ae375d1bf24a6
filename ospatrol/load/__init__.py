"""What a person wrote, read into typed values that know their file and line."""
