"""What do we remember? One file per subject; `models.database` opens them."""
