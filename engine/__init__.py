"""What happened? The journal: the one way in for every command, and the ways to look back."""
