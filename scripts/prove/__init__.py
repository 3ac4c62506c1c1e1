"""The proofs that look for the input, the order of calls or the changed line that breaks the contract: `make prove`."""
