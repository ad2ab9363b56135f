"""What the system says of a disk, for all rooms that write to one."""

from __future__ import annotations

import errno

NO_SPACE = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""`errno` of a full disk, and of a person's full share of one, which Windows does not know."""

NO_WRITING = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
"""`errno` of a place where nothing may be written."""
