# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_retire`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_retire
short_description: Rename and revoke what a rotation has replaced
version_added: 0.1.0
description:
  - Logs in to the admin UI, gives the OAuth2 clients their names, deletes those that were replaced longer than the grace ago with their
    role, and proves by real calls that they and their tokens are dead.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options:
  at_once:
    description: Revoke whatever the grace says.
    type: bool
    default: false
attributes:
  check_mode:
    description: Logs in and looks, changes nothing.
    support: full
  diff_mode:
    description: Shows the names, and what is revoked.
    support: full
  idempotent:
    description: What is revoked is not there any more.
    support: full
"""

EXAMPLES = r"""
- name: Revoke the client that was replaced
  mautic_retire:
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
