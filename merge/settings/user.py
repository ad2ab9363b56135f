"""Where a user's own data lie, which belong to no single campaign."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import platformdirs


def user_data_folder(environ: Mapping[str, str]) -> Path:
    """The folder of accounts.db; it may not exist yet. PUBLIPOSTAGE_HOME comes first."""
    home = environ.get("PUBLIPOSTAGE_HOME")
    if home:
        return Path(home).expanduser()
    return platformdirs.user_data_path("publipostage", appauthor=False)
