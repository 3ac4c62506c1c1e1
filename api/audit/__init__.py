"""The audit: every settlement recomputed from public data, when asked."""
