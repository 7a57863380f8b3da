"""A root file system of Debian packages, from the mirror this machine already uses."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from mautic_bootstrap.errors import ContainerError

# The metapackages bring the interpreter and the whole standard library of whatever release this is.
_PACKAGES = ("python3-minimal", "libpython3-stdlib", "busybox-static", "ca-certificates")
_ATTEMPTED = "build the rehearsal's images"
_TIMEOUT_S = 600


@dataclass(frozen=True)
class AptSource:
    """One archive of this machine's apt sources."""

    uri: str
    suite: str
    components: tuple[str, ...]


def find_source(etc: Path = Path("/etc")) -> AptSource:
    """Return the archive that this machine's own release comes from.

    Args:
        etc: The folder with `os-release` and `apt/`.

    Raises:
        ContainerError: No apt source is named for the release.
    """
    codename = _os_release(etc / "os-release").get("VERSION_CODENAME", "")
    lists = [etc / "apt" / "sources.list", *sorted((etc / "apt/sources.list.d").glob("*.list"))]
    stanzas = sorted((etc / "apt/sources.list.d").glob("*.sources"))
    found = [s for path in lists if path.exists() for s in _one_line_style(path)]
    found += [s for path in stanzas for s in _deb822_style(path)]
    for source in found:
        if source.suite == codename and "main" in source.components:
            return source
    raise ContainerError(
        _ATTEMPTED,
        expected="an apt source of this machine's own release",
        seen=f"none for {codename or 'an unnamed release'!r} in {etc / 'apt'}",
        hint="The rehearsal is built from Debian packages; run it on a Debian machine with apt sources.",
    )


def packages_id(source: AptSource) -> str:
    """Return what a root file system depends on, as one line of text."""
    return " ".join((source.suite, *_PACKAGES))


def build_rootfs(source: AptSource, target: Path) -> None:
    """Write a root file system as a tar file.

    Args:
        source: Where the packages come from.
        target: The tar file to write.

    Raises:
        ContainerError: mmdebstrap is missing, or failed.

    Side effects: downloads packages (about 20 MB) from the mirror.
    """
    argv = [
        *("mmdebstrap", "--quiet", "--variant=extract", f"--include={','.join(_PACKAGES)}"),
        *(source.suite, str(target), "-"),
    ]
    # On standard input, because the URI of a private mirror may hold a password.
    line = f"deb {source.uri} {source.suite} {' '.join(source.components)}\n"
    try:
        done = subprocess.run(
            argv, input=line, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except FileNotFoundError:
        raise ContainerError(
            _ATTEMPTED,
            expected="mmdebstrap, which makes a root file system of Debian packages",
            seen="no such command",
            hint="Install it (`apt-get install mmdebstrap`), or run `make setup`, which does so as root.",
        ) from None
    except subprocess.TimeoutExpired:
        raise ContainerError(
            _ATTEMPTED,
            expected="mmdebstrap to end",
            seen="it still running",
            hint="Is the package mirror of this machine reachable (`apt-get update`)?",
            waited_s=_TIMEOUT_S,
        ) from None
    if done.returncode:
        raise ContainerError(
            _ATTEMPTED,
            expected="mmdebstrap to end with exit code 0",
            seen=f"exit code {done.returncode}",
            hint="Is the package mirror reachable (`apt-get update`)? mmdebstrap needs root or user namespaces.",
            log_tail=done.stderr.strip()[-2000:],
        )


def _os_release(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines)
    return {name: value.strip('"') for name, _, value in pairs}


def _one_line_style(path: Path) -> list[AptSource]:
    """Read lines of the form `deb [options] uri suite component…`."""
    sources = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if not words or words[0] != "deb":
            continue
        rest = words[1:]
        if rest and rest[0].startswith("["):
            while rest and not rest.pop(0).endswith("]"):
                pass
        if len(rest) > 2:
            sources.append(AptSource(rest[0], rest[1], tuple(rest[2:])))
    return sources


def _deb822_style(path: Path) -> list[AptSource]:
    """Read stanzas with `Types`, `URIs`, `Suites` and `Components`; continuation lines are not used there."""
    sources = []
    for stanza in path.read_text(encoding="utf-8").split("\n\n"):
        lines = (line for line in stanza.splitlines() if not line.startswith(("#", " ")))
        fields = {n.strip().lower(): v.split() for n, _, v in (x.partition(":") for x in lines)}
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        components = tuple(fields.get("components", []))
        sources += [
            AptSource(uri, suite, components)
            for uri in fields.get("uris", [])
            for suite in fields.get("suites", [])
        ]
    return sources
