"""How events reach this oracle: one adapter a file, each with its own signature scheme and its own payload."""

from oracle.sources.registry import load_sources
from oracle.sources.source import Message, Source

__all__ = ["Message", "Source", "load_sources"]
