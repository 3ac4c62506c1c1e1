"""Deals: their terms, money, status and settled reports, as the index has them."""
