"""Threats and findings of others, the tests that play them against us, and the page of both."""
