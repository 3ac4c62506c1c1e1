"""Tokens that deals are in, or may be."""
