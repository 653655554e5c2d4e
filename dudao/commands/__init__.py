"""The commands of `dudao`, one module per subject."""
