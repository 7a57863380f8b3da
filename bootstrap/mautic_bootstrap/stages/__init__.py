"""The stages of a run, in order; each observes, plans, applies and verifies its own part.

preflight → containers → install → api_access → app_env → verify
"""
