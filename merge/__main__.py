"""`python -P -m merge` is `publipostage`. Without -P Python would first look for a `merge` in the
current folder.
"""

import sys

from merge.cli import main

sys.exit(main())
