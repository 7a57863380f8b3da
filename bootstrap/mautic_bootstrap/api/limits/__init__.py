"""The hourly budget: how many calls one client makes in any sliding window, whoever makes them.

store          what a store answers, and what it can fail with
sqlite_store   the calls of one user's threads and processes, in a SQLite file
sqlite_file    that file: private, set up once, replaced where it is damaged
sqlite_errors  what SQLite's errors mean for it
redis_store    the calls of many machines, in Redis
take.lua       a try at the budget, atomic on the Redis server
hold.lua       a pause that Mautic asked for, likewise

A store only counts. It never waits for the budget: it says how long its caller would have to.
"""

from mautic_bootstrap.api.limits.store import Budget, Grant, LimitStore, open_store
from mautic_bootstrap.errors import LimitStoreError

__all__ = ["Budget", "Grant", "LimitStore", "LimitStoreError", "open_store"]
