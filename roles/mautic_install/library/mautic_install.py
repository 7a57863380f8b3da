# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_install`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_install
short_description: Install Mautic through its own command line
version_added: 0.1.0
description:
  - Runs C(mautic:install) if Mautic answers with its installer; the arguments travel on standard input.
  - Refuses a database that holds data. Believes only the login page, never an exit code.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Says whether Mautic would be installed.
    support: full
  diff_mode:
    description: Shows the installation.
    support: full
  idempotent:
    description: An installed Mautic is left alone.
    support: full
"""

EXAMPLES = r"""
- name: Ensure Mautic is installed
  mautic_install:
"""

RETURN = r"""
msg:
  description: What was seen or done, in one sentence; no secret is in it.
  returned: always
  type: str
code:
  description: The number of the error class; see the README's troubleshooting table.
  returned: failure
  type: int
"""
