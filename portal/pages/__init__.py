"""The pages, one module for each thing people come for."""

from portal.pages import cases, door, home

ROUTERS = (door.pages, home.pages, cases.pages)
