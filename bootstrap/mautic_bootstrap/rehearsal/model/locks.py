"""Who has a role or a user checked out for editing.

Source: `CoreBundle/Model/FormModel.php` (lockEntity, unlockEntity, isLocked); live 5.1.0 and 7.0.0: opening
the form takes the lock, "Save & Close" and "Cancel" give it back, and it never expires. One's own lock, even
from another session, is none. REST does not ask.
"""

from mautic_bootstrap.rehearsal.database import Database, Row, update
from mautic_bootstrap.rehearsal.model.stamps import Author, now

FREE: Row = {"checked_out": None, "checked_out_by": None, "checked_out_by_user": None}


def take(database: Database, table: str, row_id: int, author: Author) -> None:
    """Check a row out."""
    lock = {"checked_out": now(), "checked_out_by": author.id, "checked_out_by_user": author.name}
    update(database, table, row_id, lock)


def release(database: Database, table: str, row_id: int) -> None:
    """Give a row back, whoever had it."""
    update(database, table, row_id, FREE)


def held_by_another(row: Row, author: Author) -> bool:
    """Say whether somebody else has the row."""
    return row["checked_out"] is not None and row["checked_out_by"] != author.id
