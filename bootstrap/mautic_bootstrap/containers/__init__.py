"""The containers of a managed Mautic: looked at through the engine's own command line."""
