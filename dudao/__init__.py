"""How is it run: the command, the only place where the parts are wired together."""
