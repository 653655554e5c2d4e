"""The demo: a sample county lives through one year on the production code."""
