# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_teardown`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_teardown
short_description: Remove exactly what this project made
version_added: 0.1.0
description:
  - Removes the containers and the network that bear this project's label; volumes and C(.secrets/<instance>/) only with C(mautic_remove_volumes=true).
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Says what would be removed.
    support: full
  diff_mode:
    description: Shows what goes.
    support: full
  idempotent:
    description: Removes nothing twice.
    support: full
"""

EXAMPLES = r"""
- name: Remove what this project made
  mautic_teardown:
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
