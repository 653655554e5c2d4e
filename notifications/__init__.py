"""What do we tell? Messages and their templates, the ledger they stand in, and their delivery."""
