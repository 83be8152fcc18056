"""What all tests share: the folder of test data, bounds of the random tests, and the rule about skips.

A skip that was not expected fails the run. The only reason allowed is that SANAD_TEST_DATA is not set; a test asks for
that folder with the fixture `test_data`, or says so with `@pytest.mark.needs_test_data`.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

SKIP_ALLOWED = "SANAD_TEST_DATA is not set"
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
CAMPAIGN = os.environ.get("SANAD_CAMPAIGN", "") not in ("", "0")

# In CI the same examples each time, so that a red run is red again; on a desk new ones, and failures are remembered.
settings.register_profile(
    "bounded",
    max_examples=100,
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("campaign", settings.get_profile("bounded"), max_examples=100_000, derandomize=False)
settings.load_profile("campaign" if CAMPAIGN else "bounded")


@pytest.fixture(scope="session")
def campaign() -> bool:
    """Whether this run is a campaign (`make campaign`): a test with a bound of its own takes its large one."""
    return CAMPAIGN


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of schemas, samples and vectors that SANAD_TEST_DATA names; without it the test is skipped."""
    folder = Path(os.environ["SANAD_TEST_DATA"])
    if not folder.is_dir():
        pytest.fail("SANAD_TEST_DATA names a folder that does not exist")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("SANAD_TEST_DATA"):
        return
    for item in items:
        if item.get_closest_marker("needs_test_data") or "test_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=SKIP_ALLOWED))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return fail_unexpected_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return fail_unexpected_skip(report)


def fail_unexpected_skip(report: Report) -> Report:
    """Turn a skip into a failure, unless its reason is the one allowed. An expected failure (xfail) is no skip."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if reason != f"Skipped: {SKIP_ALLOWED}":
        report.outcome = "failed"
        report.longrepr = f"A skip that was not expected fails. Its reason was: {reason}"
    return report
