"""What a folder holds, to see whether a run changed anything."""

import hashlib
from pathlib import Path

# Python's own caches of the plugins; every `ansible-playbook` writes them.
_IGNORED = {"__pycache__"}


def snapshot(root: Path) -> dict[str, tuple[int, int, str]]:
    """Return mode, time of the last change in ns, and a digest (files only) of everything below a folder."""
    found = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if _IGNORED & set(relative.parts):
            continue
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        # A folder's time changes with Python's caches in it.
        changed = 0 if path.is_dir() else status.st_mtime_ns
        found[str(relative)] = (status.st_mode, changed, hashlib.sha256(content).hexdigest())
    return found
