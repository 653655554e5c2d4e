"""The first page of each role: what is to be done today, and where things stand."""
