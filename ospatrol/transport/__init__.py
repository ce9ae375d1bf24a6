"""The only room with an SSH library: connections to hosts, and what may be sent over them."""
