"""Calling Mautic's REST API."""
