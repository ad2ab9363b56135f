"""publipostage: one letter, many mayors, each written to once.

`sheet → recipients → letters → deliveries → mail | paper → ledger`: follow one recipient
through the rooms in that order.
"""

import os
import sys


def _run_nothing_of_the_folder() -> None:
    """Take the current folder, which may be a stranger's, out of where modules and programs are
    looked for: here, and in whatever is started from here.
    """
    os.environ["PYTHONSAFEPATH"] = "1"  # else what multiprocessing starts has it on its path
    os.environ["NODEFAULTCURRENTDIRECTORYINEXEPATH"] = "1"  # Windows looks there first
    for name in ("PATH", "PYTHONPATH"):
        if name in os.environ:
            places = os.environ[name].split(os.pathsep)
            os.environ[name] = os.pathsep.join(filter(os.path.isabs, places))
    real = os.path.realpath  # pathlib is not loaded yet, and the folder may have one
    try:
        here = real(os.curdir)
    except OSError:  # removed since: nothing is found there
        return
    if here != real(f"{__file__}/../.."):  # a clone: this program itself lies here
        sys.path[:] = [each for each in sys.path if real(each) != here]


_run_nothing_of_the_folder()
