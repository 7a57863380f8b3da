"""What the contract tests run against, and the accounts they use there."""

ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = "x1-Contract_Rehearsal"
ADMIN_EMAIL = "admin@example.com"
