# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_preflight`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_preflight
short_description: Check everything before anything is touched
version_added: 0.1.0
description:
  - Reads the public variables of the host, validates them, and checks the C(.env) file, the engine, the port and the browser.
  - Looks at what is there with one C(docker inspect), one token and one call.
  - All problems are reported at once.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Only reads, in check mode and outside of it.
    support: full
  diff_mode:
    description: Has nothing to show.
    support: full
  idempotent:
    description: Changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Check everything before anything is touched
  mautic_preflight:
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
