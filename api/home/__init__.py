"""The start page and the search."""
