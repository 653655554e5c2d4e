"""What a whole round comes to, school by school, counted from the log up to an instant."""

from dataclasses import dataclass

from sqlalchemy import Connection

from engine.dossier import Dossier


@dataclass(frozen=True)
class RoundFigures:
    """The figures a round's papers quote."""


def read_figures(connection: Connection, dossier: Dossier, seq: int) -> RoundFigures:
    """The figures of a round (``dossier`` is its own case's) before event ``seq`` was recorded."""
    return RoundFigures()
