# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_api_access`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_api_access
short_description: Switch the API on and have an OAuth2 client, through the admin UI
version_added: 0.1.0
description:
  - Logs in to the admin UI in a browser, switches the API on if it is off, and adopts the OAuth2 client by name or creates it.
  - Every configuration value that a save changed besides what was asked is listed as a warning.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Logs in and looks, saves nothing.
    support: full
  diff_mode:
    description: Shows the switches and the client.
    support: full
  idempotent:
    description: Everything is looked for before it is made.
    support: full
"""

EXAMPLES = r"""
- name: Ensure the API is on and the client exists
  mautic_api_access:
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
