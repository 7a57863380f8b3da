"""What the stand-in keeps: users and roles, OAuth2 clients and tokens, contacts."""
