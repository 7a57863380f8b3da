# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_container_failed`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_container_failed
short_description: Fail after a container task, without its secrets
version_added: 0.1.0
description:
  - Container tasks carry passwords in their arguments and are hidden; this repeats the engine's reason with every secret masked.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options:
  reason:
    description: What the engine said.
    type: str
attributes:
  check_mode:
    description: Fails alike.
    support: full
  diff_mode:
    description: Has nothing to show.
    support: full
  idempotent:
    description: Always fails.
    support: full
"""

EXAMPLES = r"""
- name: Say which container could not be started
  mautic_container_failed:
    reason: "{{ step.msg }}"
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
