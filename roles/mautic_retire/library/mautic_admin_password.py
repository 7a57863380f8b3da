# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_admin_password`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_admin_password
short_description: Change the admin's password
version_added: 0.1.0
description:
  - Changes it on the admin's own page, logs in with the new one, and only then keeps it in place of the old one.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Says what it would do.
    support: full
  diff_mode:
    description: Shows that it changes, never what to.
    support: full
  idempotent:
    description: Every run with it makes a new password.
    support: none
"""

EXAMPLES = r"""
- name: Change the admin's password
  mautic_admin_password:
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
