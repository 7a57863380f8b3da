"""Core dumps are off where secrets are."""

import subprocess
import sys


def test_neither_the_process_nor_what_it_starts_may_dump_core() -> None:
    program = (
        "import resource, subprocess\n"
        "resource.setrlimit(resource.RLIMIT_CORE, 2 * resource.getrlimit(resource.RLIMIT_CORE)[1:])\n"
        "from mautic_bootstrap import core_dumps\n"
        "core_dumps.forbid()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
        "subprocess.run(['sh', '-c', 'ulimit -S -c'], check=True)\n"
    )
    done = subprocess.run([sys.executable, "-uc", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"0", b"0"]


def test_the_command_line_forbids_them_before_it_reads_anything() -> None:
    program = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_CORE, 2 * resource.getrlimit(resource.RLIMIT_CORE)[1:])\n"
        "from mautic_bootstrap.cli import main\n"
        "main(['env', 'example'])\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"0"


def test_the_bridge_forbids_them_for_the_run_and_its_modules() -> None:
    program = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_CORE, 2 * resource.getrlimit(resource.RLIMIT_CORE)[1:])\n"
        "import mautic_bootstrap_ansible\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"0"]
