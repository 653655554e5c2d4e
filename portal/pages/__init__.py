"""The pages, one module for each thing people come for; each has its ``pages``."""

from importlib import import_module
from pkgutil import iter_modules

# Addresses of one case end in a name that may be anything: they are looked at last.
_NAMES = sorted((m.name for m in iter_modules(__path__)), key=lambda name: (name == "cases", name))
ROUTERS = tuple(import_module(f"portal.pages.{name}").pages for name in _NAMES)
