"""What people see: pages in Chinese and a JSON API, through which commands reach the journal."""
