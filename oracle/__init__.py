"""One oracle: signed events in, a measurement, an agreement with its peers, and one report to the chain."""
