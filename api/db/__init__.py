"""The index's database: tables, connections, migrations. Knows nothing of deals beyond their columns."""
