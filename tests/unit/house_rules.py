"""The project's own rules as checks over one file: `(path, text)` in, `(line, complaint)` out.

Paths are relative to the repository's root, with `/`.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

Complaints = Iterator[tuple[int, str]]

PYTHON_LINES = 300
TASK_LINES = 80

# Mautic reads every MAUTIC_<PARAMETER> as an override of its settings. These names are something else.
_ENVIRONMENT = re.compile(r"(?<![A-Za-z0-9_])MAUTIC_(?:[A-Z][A-Z0-9_]*|\{)")
_ALLOWED_ENVIRONMENT = re.compile(
    "MAUTIC_("
    "DB_[A-Z]+|"  # the official image's own, required
    "API_URL|CLIENT_ID|CLIENT_SECRET|USERNAME|PASSWORD|API_TOKEN|USER_AGENT|ENVIRONMENT|"  # in `.env`
    "(CLIENT_SECRET|PASSWORD|API_TOKEN|TOKEN_CACHE_KEY)_FILE|"  # or where those are
    "TIMEOUT_SECONDS|RATE_LIMIT_(PER_HOUR|STORE|RESERVE)|CA_BUNDLE|TOKEN_CACHE|TOKEN_CACHE_KEY|"  # there, too:
    "HEALTH_CALLS_PER_HOUR|HEALTH_TOKEN|"  # read by the API client and its health endpoint
    "URL|ADMIN_USERNAME|ADMIN_PASSWORD|"  # read by inventory/existing on the playbook's machine
    "BOOTSTRAP_[A-Z_]+"  # for this project's own use
    ")"
)
_LOCAL_PHP = re.compile(r"\b(parameters_)?local\.php\b")
_WRITES_FILE = re.compile(
    r">>?\s*\S*local\.php|\b(cp|mv|rm|tee|dd|truncate)\b|\bsed\s+-i|write_text|write_bytes|put_archive"
    r"|\bopen\(|file_put_contents|\b(copy|template|lineinfile|blockinfile|replace|docker_container_copy_into):"
)
_WRITES_SQL = re.compile(
    r"\b(INSERT\s+INTO|REPLACE\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|ALTER\s+TABLE|DROP\s+(TABLE|DATABASE)"
    r"|CREATE\s+TABLE|TRUNCATE\s+TABLE)\b",
    re.IGNORECASE,
)
_SILENCER = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:|shellcheck\s+disable)")
_REASONED = re.compile(
    r"#\s*(noqa:\s*|type:\s*ignore|pragma:\s*no\s+|shellcheck\s+disable=)[\w\[\],.-]+(,?\s*[\w\[\]-]+)*\s+#\s*\w{2}"
)
_REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(labels))  # in pieces, so that this file names none either
        for labels in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("yarnpkg", "com"),
            ("debian", "org/debian"),
            ("deb", "debian", "org"),
            ("snapshot", "debian", "org"),
            ("proxy", "golang", "org"),
            ("crates", "io"),
            ("rubygems", "org"),
            ("galaxy", "ansible", "com"),
        )
    )
)


def no_settings_by_environment(path: str, text: str) -> Complaints:
    """Mautic's settings are never overridden by environment variables; prose may speak of them."""
    if path.endswith((".md", "/house_rules.py", "/test_house_rules.py")):
        return
    for line, chunk in _strings(text) if path.endswith(".py") else _lines(text):
        for found in _ENVIRONMENT.finditer(chunk):
            if not _ALLOWED_ENVIRONMENT.fullmatch(found[0]):
                yield (
                    line,
                    f"{found[0]} overrides a setting of Mautic; name own ones MAUTIC_BOOTSTRAP_*",
                )


def no_writes_to_local_php(path: str, text: str) -> Complaints:
    """Mautic's configuration files are Mautic's to write; the stand-in's and the tests' are their own."""
    if path.endswith(".md") or "/rehearsal/" in path or path.startswith("tests/"):
        return
    for line, chunk in _statements(path, text):
        if _LOCAL_PHP.search(chunk) and _WRITES_FILE.search(chunk):
            yield line, "writes Mautic's local.php"


def no_sql_writes(path: str, text: str) -> Complaints:
    """Mautic's database is only ever read; the stand-in's, the limiter's and the tests' are their own."""
    if path.endswith(".md") or re.search(r"/(rehearsal|limits)/|^tests/", path):
        return
    for line, chunk in _statements(path, text):
        if found := _WRITES_SQL.search(chunk):
            yield line, f"writes to a database: {found[0]}"


def no_mautic_code(path: str, text: str) -> Complaints:
    """Mautic is GPL and stays outside: no PHP and no Twig file is in the repository."""
    if path.endswith((".php", ".phtml", ".twig")) or text.lstrip().startswith("<?php"):
        yield 1, "is PHP or Twig"


def no_registry_hosts(path: str, text: str) -> Complaints:
    """Which registry serves packages is the machine's business."""
    for line, chunk in _lines(text):
        if found := _REGISTRIES.search(chunk):
            yield line, f"names the package registry {found[0]}"


def silence_has_a_reason(path: str, text: str) -> Complaints:
    """Whoever switches a check off for a line says why, in the same line."""
    if path.endswith((".md", "house_rules.py")):
        return
    for line, chunk in _comments(text) if path.endswith(".py") else _lines(text):
        if _SILENCER.search(chunk) and not _REASONED.search(chunk):
            yield line, "switches a check off without `# <codes>  # <reason>`"


def skips_have_a_reason(path: str, text: str) -> Complaints:
    """No test is skipped or expected to fail without saying why."""
    if not path.endswith(".py"):
        return
    tree = ast.parse(text)
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not ast.unparse(node).startswith("pytest."):
            continue
        if node.attr not in ("skip", "skipif", "xfail", "importorskip"):
            continue
        call = calls.get(id(node))
        given = {keyword.arg: keyword.value for keyword in call.keywords} if call else {}
        positional = call.args[:1] if call and node.attr in ("skip", "xfail") else []
        reason = given.get("reason", next(iter(positional), None))
        if reason is None or (isinstance(reason, ast.Constant) and not reason.value):
            yield node.lineno, f"pytest's {node.attr} without a reason"


def files_stay_short(path: str, text: str) -> Complaints:
    """A file is one thing: what grows past a screen or five is two things."""
    lines = len(text.splitlines())
    limit = PYTHON_LINES if path.endswith(".py") else None
    if re.search(r"(^|/)tasks/[^/]+\.yml$", path):
        limit = TASK_LINES
    if limit is not None and lines > limit:
        yield lines, f"has {lines} lines, at most {limit} are allowed"


def package_stays_free_of_ansible(path: str, text: str) -> Complaints:
    """Applications install the package alone; only the bridge beside it knows Ansible."""
    if path.startswith("bootstrap/mautic_bootstrap/") and path.endswith(".py"):
        for line in _imports(text, {"ansible", "mautic_bootstrap_ansible"}):
            yield line, "imports Ansible"


def gpl_is_declared(path: str, text: str) -> Complaints:
    """A file that imports Ansible's GPL code carries that licence, and says so at its top."""
    declared = "SPDX-License-Identifier: GPL-3.0-or-later" in "\n".join(text.splitlines()[:5])
    if path.endswith(".py") and not declared and any(_imports(text, {"ansible"})):
        yield (
            1,
            "imports Ansible without `SPDX-License-Identifier: GPL-3.0-or-later` in its first lines",
        )


RULES = (
    no_settings_by_environment,
    no_writes_to_local_php,
    no_sql_writes,
    no_mautic_code,
    no_registry_hosts,
    silence_has_a_reason,
    skips_have_a_reason,
    files_stay_short,
    package_stays_free_of_ansible,
    gpl_is_declared,
)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    yield from enumerate(text.splitlines(), start=1)


def _strings(text: str) -> Iterator[tuple[int, str]]:
    """Yield a Python file's strings, the replaced parts of f-strings as `{}`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(map(str, parts))


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _statements(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield what belongs together: Python's logical lines without docstrings, YAML's list items, else lines."""
    if path.endswith((".yml", ".yaml")):
        line = 1
        for item in re.split(r"(?m)^(?=\s*- )", text):
            yield line, item
            line += item.count("\n")
    elif path.endswith(".py"):
        statement: list[tokenize.TokenInfo] = []
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
                statement.append(token)
            if token.type == tokenize.NEWLINE:
                if statement[0].type != tokenize.STRING or len(statement) > len(
                    ("text", "newline")
                ):
                    yield statement[0].start[0], " ".join(part.string for part in statement)
                statement = []
    else:
        yield from _lines(text)


def _imports(text: str, packages: set[str]) -> Iterator[int]:
    """Yield the line of each import from one of these packages."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        if packages & {name.split(".")[0] for name in names}:
            yield node.lineno
