"""The oracle's one database: what it heard, what it signed, what it sent, and what it knows of the chain."""
