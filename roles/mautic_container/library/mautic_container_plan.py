# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_container_plan`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_container_plan
short_description: Get missing images and compare the containers with what is wanted
version_added: 0.1.0
description:
  - Loads or pulls images that are not there; where no registry answers and C(mautic_fallback=rehearsal), builds the rehearsal's.
  - Has the database passwords in C(.secrets), generated or read back from the containers.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Says what would be pulled and started.
    support: full
  diff_mode:
    description: Shows the containers that differ.
    support: full
  idempotent:
    description: Nothing is pulled or written twice.
    support: full
"""

EXAMPLES = r"""
- name: Compare the containers with what is wanted
  mautic_container_plan:
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
