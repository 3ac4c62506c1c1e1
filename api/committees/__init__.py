"""Committees of oracles and their members."""
