"""The ground every specification stands on: databases, chance, Prefect, and no silent skips."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from dudao.prefect_server import PrefectServer
    from tests.portal_people import County

POSTGRES_URL = os.environ.get(
    "DUDAO_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)
NEW_YEARS_EVE = date(2026, 12, 31)
IN_CI = bool(os.environ.get("CI"))

# A run on one's own machine and in CI tries the same examples every time; the thorough run
# (make test ARGS=--hypothesis-profile=thorough) looks for new ones and prints how to repeat them.
settings.register_profile("default", deadline=None, derandomize=True, database=None)
settings.register_profile("thorough", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("default")


# -- a county ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def lived_until(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """A county's year as far as a day, lived once for all tests: to copy from, never to change.
    Eight schools, or so many."""
    from tests.portal_people import live_until

    there: dict[Path, dict[str, str]] = {}

    @cache
    def lived(day: date, schools: int) -> Path:
        folder = live_until(tmp_path_factory.mktemp(f"{day:%m-%d}"), day, schools)
        there[folder] = _hashes(folder)
        return folder

    yield lambda day, schools=8: lived(day, schools)
    for folder, before in there.items():
        assert _hashes(folder) == before, "a test changed what all others copy from"


def _hashes(folder: Path) -> dict[str, str]:
    """Every file of a folder by its content; what a database keeps beside itself while it is open
    says nothing."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.fixture(scope="session")
def lived(lived_until: Callable[..., Path]) -> Path:
    """Twelve schools and their whole year; some tests live another one."""
    return lived_until(NEW_YEARS_EVE, 12)


@pytest.fixture
def county_until(
    lived_until: Callable[..., Path], tmp_path: Path, database_url: str
) -> Iterator[Callable[..., "County"]]:
    """A county that has come to a day, for one test to change, on each kind of database."""
    from tests.portal_people import county_at

    with ExitStack() as open_ones:

        def until(day: date, schools: int = 8) -> "County":
            county = county_at(lived_until(day, schools), tmp_path / "county", day, database_url)
            return open_ones.enter_context(county)

        yield until


@pytest.fixture
def county(lived: Path, tmp_path: Path) -> Iterator["County"]:
    """That county on the last day of its year, for one test to change."""
    from tests.portal_people import county_at

    with county_at(lived, tmp_path / "county", NEW_YEARS_EVE) as county:
        yield county


# -- databases -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The PostgreSQL server that tests may make schemas on; in CI its absence is a failure."""
    import psycopg

    try:
        psycopg.connect(_for_psycopg(POSTGRES_URL), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL at {POSTGRES_URL} (set DUDAO_TEST_POSTGRES_URL): {error}"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return POSTGRES_URL


@pytest.fixture(params=["sqlite", "postgres"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """A function that answers the URL of another empty database each time it is called.

    For tests that need several, as a replay beside its original or one for each example of
    hypothesis. Every test that asks for it runs on both databases.
    """
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / f'{secrets.token_hex(6)}.db'}"
        return
    schemas: list[str] = []
    url = request.getfixturevalue("postgres_url")

    def new_schema() -> str:
        schemas.append(f"dudao_test_{secrets.token_hex(6)}")
        _run_on_postgres(url, f"CREATE SCHEMA {schemas[-1]}")
        joint = "&" if "?" in url else "?"
        return f"{url}{joint}options=-csearch_path%3D{schemas[-1]}"

    yield new_schema
    for schema in schemas:
        _run_on_postgres(url, f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The URL of one empty database: a new SQLite file, then a new PostgreSQL schema."""
    return new_database()


def _for_psycopg(url: str) -> str:
    """SQLAlchemy names the driver in the URL; the driver itself does not."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _run_on_postgres(url: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(_for_psycopg(url), autocommit=True) as connection:
        # A test that left a transaction open is an error, not a hanging run.
        connection.execute("SET lock_timeout = '10s'")
        connection.execute(statement.encode())


# -- Prefect -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["PrefectServer"]:
    """The one Prefect server of this session, on SQLite, started when first asked for.

    Our own way of starting it, not Prefect's test harness: it is what offices run, sends nothing
    outside, and ends with this process however that ends.
    """
    from dudao.prefect_server import prefect_server

    with prefect_server(tmp_path_factory.mktemp("prefect"), services=False) as server:
        yield server


# -- no silent skips -----------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a test that was not run is a failure, and the report names it."""
    if IN_CI and exitstatus == pytest.ExitCode.OK and _skipped(session):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if IN_CI and (skipped := terminalreporter.getreports("skipped")):
        terminalreporter.section("CI is set: a skipped test is a failure", red=True)
        for report in skipped:
            terminalreporter.line(f"SKIPPED {report.nodeid}")


def _skipped(session: pytest.Session) -> bool:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    return bool(reporter and reporter.getreports("skipped"))
