# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `api_proof`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: api_proof
short_description: Prove the credentials in .env by real calls
version_added: 0.1.0
description:
  - Reads the file from disk, asks for a token and for contacts, campaigns, emails and segments, and probes API v2.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Makes the same calls; they only read.
    support: full
  diff_mode:
    description: Has nothing to show.
    support: full
  idempotent:
    description: Changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Prove the credentials
  api_proof:
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
