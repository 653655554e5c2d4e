"""When does it happen? One Prefect flow per stage, and three that serve them all."""
