"""Python imports this at start-up where its folder is on PYTHONPATH: conftest puts it there."""

import loopback  # noqa: F401 to import it is to be watched
