"""The protocol in Python: what honest parties must compute alike, bit for bit, and the way to the chain."""
