"""The rehearsal's two container images, built on the spot from Debian packages.

Three steps: a root file system (made once per release and kept as an image of its own), then this package and
its few pure-Python libraries copied into a container of it, then that container committed twice: as the web
side, which plays the official Mautic image, and as the database. Both share every layer. What is made is
named after a hash of its source, so it is made again when that changes, and reused when not.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.rehearsal import debian

_PREFIX = "mautic-bootstrap/rehearsal"
_LIBRARIES = ("jinja2", "markupsafe", "zxcvbn")
# Raise it whenever the recipe below changes in a way no file of the package shows.
_RECIPE = "1"
_HOME = "/opt/rehearsal"
_TIMEOUT_S = 300
_PACKAGE = Path(__file__).parent
_OURS = ("__init__.py", "errors", "passwords.py", "rehearsal")

_WEB_CHANGES = (
    f'ENTRYPOINT ["{_HOME}/bin/entrypoint"]',
    "WORKDIR /var/www/html/docroot",
    "EXPOSE 80",
    "ENV DOCKER_MAUTIC_ROLE=mautic_web",
    "VOLUME /var/www/html/config",
    "VOLUME /var/www/html/var/logs",
    "VOLUME /var/www/html/docroot/media/files",
    "VOLUME /var/www/html/docroot/media/images",
)
_DB_CHANGES = (
    f'ENTRYPOINT ["{_HOME}/bin/db-entrypoint"]',
    "WORKDIR /",
    "EXPOSE 3306",
    "VOLUME /var/lib/mysql",
)
# Modules that run as programs, and where the images carry them.
_PROGRAMS = {
    "opt/rehearsal/bin/entrypoint": "web",
    "opt/rehearsal/bin/db-entrypoint": "db",
    "usr/local/bin/php": "php",
    "usr/local/bin/mariadb": "mariadb",
}
# The packages were only extracted: this is what their scripts, and the official images, would have done.
_SETUP = """\
set -e
busybox --install -s /bin
grep -q ^www-data: /etc/passwd 2>/dev/null || echo www-data:x:33:33::/var/www:/bin/sh >>/etc/passwd
grep -q ^www-data: /etc/group 2>/dev/null || echo www-data:x:33: >>/etc/group
mkdir -p /tmp /root /var/lib/mysql /var/www/html/bin /var/www/html/config /var/www/html/var/logs
mkdir -p /var/www/html/docroot/media/files /var/www/html/docroot/media/images
chmod 1777 /tmp
touch /var/www/html/bin/console
chown -R 33:33 /var/www
export PYTHONPATH=/opt/rehearsal/lib
python3 -m compileall -q /opt/rehearsal/lib
# Bytecode of the standard library, too: an unprivileged `php` could not keep it, and would start slowly.
for module in web db php mariadb; do python3 -c "import mautic_bootstrap.rehearsal.container.$module"; done
python3 -c "import mautic_bootstrap.rehearsal.console, argparse, http.client"
"""


@dataclass(frozen=True)
class RehearsalImages:
    """Names of the two images."""

    web: str
    db: str


def build_images(version: str, progress: Progress) -> RehearsalImages:
    """Make the images that are not there yet.

    Args:
        version: "5.1" or "7.0": what the web side imitates.
        progress: Told about each step.

    Returns:
        The images' names.

    Raises:
        ContainerError: No engine, no mmdebstrap, no mirror, or a step failed.

    Side effects: up to three images in the engine, about 65 MB in all.
    """
    images = image_names(version)
    wanted = {
        images.web: [f"ENV REHEARSAL_VERSION={version}", *_WEB_CHANGES],
        images.db: _DB_CHANGES,
    }
    present = Engine().inspect([], list(wanted)).images
    missing = {name: changes for name, changes in wanted.items() if name not in present}
    if not missing:
        progress.note(f"the rehearsal's images are there: {images.web}, {images.db}")
        return images
    base = _ensure_base(progress)
    with progress.step("build the rehearsal's images"):
        _commit(base, missing)
    return images


def image_names(version: str) -> RehearsalImages:
    """Return the names that the images of today's source bear, whether they are there or not."""
    digest = source_digest()
    return RehearsalImages(f"{_PREFIX}-web:{version}-{digest}", f"{_PREFIX}-db:{digest}")


def source_digest() -> str:
    """Return a short hash over everything the images are made of, but for the Debian packages."""
    digest = hashlib.sha256(_RECIPE.encode())
    for path in _sources():
        digest.update(f"{path.relative_to(_PACKAGE.parent)}\0".encode() + path.read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library} {importlib.metadata.version(library)}\0".encode())
    return digest.hexdigest()[:12]


def _sources() -> list[Path]:
    """Return the files of this package that go into the images."""
    tops = [_PACKAGE.parent / name for name in _OURS]
    files = [f for top in tops for f in ([top] if top.is_file() else sorted(top.rglob("*")))]
    return [f for f in files if f.is_file() and "__pycache__" not in f.parts]


def _ensure_base(progress: Progress) -> str:
    """Return the name of the image of Debian packages, made if it is not there."""
    source = debian.find_source()
    base = f"{_PREFIX}-base:{hashlib.sha256(debian.packages_id(source).encode()).hexdigest()[:12]}"
    if Engine().inspect([], [base]).images:
        return base
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        tar = Path(folder) / "rootfs.tar"
        with progress.step("fetch Debian packages for the rehearsal"):
            debian.build_rootfs(source, tar)
        _docker("import", str(tar), base)
    return base


def _commit(base: str, wanted: dict[str, Sequence[str]]) -> None:
    """Copy the stand-in into a container of the base and commit it under each name."""
    container = f"rehearsal-build-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        staging = Path(folder)
        _stage(staging)
        setup = ("/bin/busybox", "sh", f"{_HOME}/setup")
        _docker("create", "--network=none", "--name", container, base, *setup)
        try:
            _docker("cp", f"{staging}/.", f"{container}:/")
            _docker("start", "--attach", container)
            for name, changes in wanted.items():
                options = [word for change in changes for word in ("--change", change)]
                _docker("commit", *options, "--change", "CMD []", container, name)
        finally:
            _docker("rm", "--force", container)


def _stage(root: Path) -> None:
    """Lay out what is copied into the image."""
    library = root / _HOME.lstrip("/") / "lib"
    for source in _sources():
        target = library / source.relative_to(_PACKAGE.parent.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for name in _LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:  # a dependency of this project: always installed
            raise ModuleNotFoundError(name)
        # Compiled speed-ups fit this machine's Python only; each library does without.
        unwanted = shutil.ignore_patterns("__pycache__", "*.so", "*.pyi", "*.c")
        shutil.copytree(Path(spec.origin).parent, library / name, ignore=unwanted)
    for path, module in _PROGRAMS.items():
        program = root / path
        program.parent.mkdir(parents=True, exist_ok=True)
        start = (
            f"PYTHONPATH={_HOME}/lib exec python3 -m mautic_bootstrap.rehearsal.container.{module}"
        )
        program.write_text(f'#!/bin/sh\n{start} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    (root / _HOME.lstrip("/") / "setup").write_text(_SETUP, encoding="utf-8")


def _docker(*argv: str) -> None:
    """Run `docker`; whoever calls has made sure by `Engine` that it is there.

    Raises:
        ContainerError: It ended with another exit code than 0, or not in time.
    """
    try:
        done = subprocess.run(
            ["docker", *argv], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as exc:
        seen, tail = f"it still running after {exc.timeout:.0f} s", ""
    else:
        if done.returncode == 0:
            return
        seen, tail = f"exit code {done.returncode}", (done.stdout + done.stderr).strip()[-2000:]
    raise ContainerError(
        f"build the rehearsal's images with `docker {argv[0]}`",
        expected="exit code 0",
        seen=seen,
        hint="Is there enough free disk space (about 200 MB)?",
        log_tail=tail,
    )
