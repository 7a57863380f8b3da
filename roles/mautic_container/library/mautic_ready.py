# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Documentation of the action `mautic_ready`; the action plugin beside it does the work on the controller."""

DOCUMENTATION = r"""
module: mautic_ready
short_description: Wait until Mautic answers over HTTP, then start its background containers
version_added: 0.1.0
description:
  - Returns as soon as Mautic's login page or installer answers.
  - A container that crashes or is unhealthy is reported at once, with its last log lines.
  - Cron and worker, made before, start only now, since Mautic may first migrate its database.
author: the mautic-bootstrap authors (@mautic-bootstrap)
options: {}
attributes:
  check_mode:
    description: Is not run; the containers it waits for would not be there.
    support: none
  diff_mode:
    description: Has nothing to show.
    support: full
  idempotent:
    description: Starts only what does not run.
    support: full
"""

EXAMPLES = r"""
- name: Wait until Mautic answers
  mautic_ready:
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
