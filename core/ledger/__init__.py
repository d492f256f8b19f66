"""The ledger: bonds, receipts, intents, cursors, conflicts and the trail, in SQLite or PostgreSQL."""
