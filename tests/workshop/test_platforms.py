"""Windows and macOS, which nobody here has: each library has a wheel there."""

from __future__ import annotations

import os

import dist
import platforms
import pytest
from platforms import SYSTEMS, NoWheel

WINDOWS, MACOS = SYSTEMS
OWN_TO_WINDOWS = {"pywin32-ctypes", "tzdata", "winregistry"}
OWN_TO_LINUX = {"jeepney", "secretstorage"}


@pytest.fixture(scope="module")
def index() -> None:
    """pip reaches an index: left out on a desk without a network, a failure in CI."""
    try:
        platforms.report([platforms.pins()["markupsafe"]], WINDOWS.tag)
    except NoWheel as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(f"pip reaches no index of packages, so no wheel was looked for: {error}")


@pytest.mark.long
@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.tag)
def test_every_library_has_a_wheel_for_that_system(system):
    found = platforms.wheels(system)
    assert {"lxml", "numpy", "pandas", "pikepdf", "sqlalchemy", "weasyprint"} <= found.keys()
    assert "psycopg-binary" in found  # of an extra
    assert found.keys() >= OWN_TO_WINDOWS or system is not WINDOWS
    assert not OWN_TO_LINUX & found.keys()


@pytest.mark.usefixtures("index")
def test_a_library_without_a_wheel_for_a_system_is_told():
    with pytest.raises(NoWheel, match="pikepdf"):
        platforms.report([platforms.pins()["pikepdf"]], "macosx_10_4_ppc")


@pytest.mark.usefixtures("index")
def test_the_program_that_installs_on_windows_has_a_wheel():
    (found,) = platforms.report([dist.UV], WINDOWS.tag)
    assert found["download_info"]["url"].endswith("-win_amd64.whl")


@pytest.mark.usefixtures("index")
def test_a_library_that_no_version_is_set_for_is_told(monkeypatch):
    pins = platforms.pins()
    monkeypatch.setattr(platforms, "pins", lambda: {k: v for k, v in pins.items() if k != "click"})
    with pytest.raises(NoWheel, match="click"):
        platforms.wheels(WINDOWS)
