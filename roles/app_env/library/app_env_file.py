# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `app_env_file`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: app_env_file
short_description: Write the credentials to the application's .env
version_added: 0.1.0
description:
  - Renders the managed block of the file and replaces it atomically, mode 0600, foreign lines untouched.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Says what would be written.
    support: full
  diff_mode:
    description: Shows the file with every value masked that may be secret.
    support: full
  idempotent:
    description: An unchanged file is not written.
    support: full
"""

EXAMPLES = r"""
- name: Ensure .env holds the credentials
  app_env_file:
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
