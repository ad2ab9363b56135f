"""Whether a folder lies on a network file system, where neither WAL nor locks can be trusted."""

from __future__ import annotations

from pathlib import Path

_MOUNTS = Path("/proc/mounts")  # Linux; elsewhere nothing is said

_OVER_THE_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "ncpfs", "lustre"}
    | {"fuse.sshfs", "fuse.davfs", "davfs", "fuse.rclone", "fuse.glusterfs", "fuse.gvfsd-fuse"}
)


def network_file_system(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the network file system that `folder` lies on ("nfs4"), else None.

    `mounts` has the form of /proc/mounts (fstab(5)); where there is none, nothing is known.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    here = folder.resolve()
    kind, deepest = "", -1
    for line in lines:
        _, place, this_kind, *_ = line.split(" ")
        mount = Path(_unescaped(place))
        # the later of two mounts on one place hides the earlier
        if here.is_relative_to(mount) and len(mount.parts) >= deepest:
            kind, deepest = this_kind, len(mount.parts)
    return kind if kind in _OVER_THE_NETWORK else None


def _unescaped(place: str) -> str:
    """fstab(5) writes the four characters that would break its columns in octal."""
    for octal, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(octal, character)
    return place
