"""`python -m merge` is `publipostage`."""

import sys

from merge.cli import main

sys.exit(main())
