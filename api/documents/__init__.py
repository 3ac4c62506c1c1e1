"""Documents by their hash: agreements and evidence."""
