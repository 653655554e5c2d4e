"""The forms of the six stages, one table each: which commands people may give, by which fields."""
