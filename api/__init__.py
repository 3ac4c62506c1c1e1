"""The web side: pages and JSON over an index of the chain. Holds no key, and writes nothing that money depends on."""
