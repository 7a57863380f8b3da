"""Mautic API credentials from nothing, and the client that uses them."""

__all__ = ["__version__"]

__version__ = "0.1.0"
