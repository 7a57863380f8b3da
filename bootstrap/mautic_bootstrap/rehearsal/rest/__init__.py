"""OAuth2 and the REST API, as live 5.1.0 and 7.0.0 answered (`tests/contract/recordings`)."""
