"""Follows the chain into the index: the only writer of rows. Knows events and blocks; serves nobody."""
