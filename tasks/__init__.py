"""What do we do? One Prefect task per effect, each safe to run twice."""
