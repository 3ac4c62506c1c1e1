"""How far the index has been read, and how old that is."""
