"""Who made or changed an entity, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.versions import Version


@dataclass(frozen=True)
class Author:
    """A user, or the pseudo user a client_credentials call runs as (which has no id)."""

    name: str | None = None
    id: int | None = None


def now() -> str:
    """Return the time as Mautic's REST API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def created(author: Author, version: Version) -> Row:
    """Return the columns of a new entity; 7.0.0 counts making one as its first change."""
    made = {"date_added": now(), "created_by": author.id, "created_by_user": author.name}
    return {**made, **changed(author)} if version.modified_on_create else made


def changed(author: Author) -> Row:
    """Return the columns of a changed entity."""
    return {"date_modified": now(), "modified_by": author.id, "modified_by_user": author.name}


def as_json(row: Row) -> Row:
    """Return the seven members that open every entity in REST answers."""
    return {
        "isPublished": bool(row["is_published"]),
        "dateAdded": row["date_added"],
        "dateModified": row["date_modified"],
        "createdBy": row["created_by"],
        "createdByUser": row["created_by_user"],
        "modifiedBy": row["modified_by"],
        "modifiedByUser": row["modified_by_user"],
    }
