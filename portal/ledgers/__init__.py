"""The office's ledgers as queries: what stands in them, whoever looks and however it is shown."""
