"""Mautic's admin UI in a real browser: what no command and no REST call of Mautic can do.

`reconcile` decides, the page objects in `pages` only read and operate pages, `browser` starts Chromium.
"""
