"""Ansible-compatible inventories and host patterns, read into hosts."""
