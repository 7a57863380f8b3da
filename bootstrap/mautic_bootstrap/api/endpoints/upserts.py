"""Many contacts in few calls: the work behind `Contacts.upsert_many`."""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

import httpx

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.effects import Steps
from mautic_bootstrap.api.endpoints.answers import Answer, ask
from mautic_bootstrap.api.endpoints.progress import Report
from mautic_bootstrap.api.endpoints.values import as_json, checked_email
from mautic_bootstrap.api.models import Entity, UpsertResult, numbered
from mautic_bootstrap.api.pipeline import Pipeline
from mautic_bootstrap.api.responses import to_error
from mautic_bootstrap.errors import ApiError, UnreachableError, ValidationError

# Source: `FetchCommonApiController.php`, `validateBatchPayload`; more is a 500 (live 5.1.0, 7.0.0).
BATCH_SIZE = 200

_BLANK = (None, "")
# Zeros, spaces, and markup, of which Mautic keeps the text only.
_MAY_BE_NOTHING = re.compile(r"[\s0.,+-]*|.*<.*", re.DOTALL)

# Nine calls find one row among 200 that Mautic cannot cope with; a Mautic that is broken shall cost few more.
_MOST_FAILURES_IN_A_ROW = 12


def batch_timeout_s(rows: int) -> float:
    """Return the seconds to wait for a batch: ten, as for every call, and half a second a row.

    200 rows took 6 to 18 s on two busy cores, new ones longer than known ones (live 5.1.0, 7.0.0).
    """
    return 10 + rows / 2


@dataclass(slots=True)
class Row:
    """What is sent for one or more rows of the input that share an e-mail address."""

    values: dict[str, Any]
    positions: list[int]
    """Theirs in the input."""

    def takes(self, values: dict[str, Any]) -> bool:
        """Say whether a later row can be sent with this one, as far as is known without Mautic's settings.

        Not where `overwriteWithBlank` is said, which holds for all of what is sent. Nor where the later row has a
        0, or something that may become nothing, in place of another value: a boolean field takes False, 0 and " "
        for "no", all others leave what they have (live 5.1.0, 7.0.0).
        """
        if self.values.get("overwriteWithBlank") or values.get("overwriteWithBlank"):
            return False
        return all(
            value in _BLANK or _surely_counts(value) or self.values[name] in (*_BLANK, value)
            for name, value in values.items()
            if name in self.values and name != "tags"
        )

    def add(self, values: dict[str, Any], position: int) -> None:
        """Let a later row have its say, with the outcome that sending one after the other would have had.

        An empty value does not count: Mautic leaves what it has. Tags add up, "-tag" undoes "tag".
        """
        self.positions.append(position)
        tags = _tags(self.values) | _tags(values)
        self.values |= {
            name: value
            for name, value in values.items()
            if value not in _BLANK or name not in self.values
        }
        if tags:
            self.values["tags"] = list(tags.values())


def _surely_counts(value: object) -> bool:
    """Say whether Mautic stores a value in a field of any kind, in place of what is there."""
    if isinstance(value, str):
        return not _MAY_BE_NOTHING.fullmatch(value)
    return bool(value)


def _tags(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a row by their names without a "-"; Mautic takes a list, or a text with commas."""
    said = values.get("tags") or []
    tags = said if isinstance(said, list) else str(said).split(",")
    return {str(tag).strip().removeprefix("-"): str(tag).strip() for tag in tags}


class BulkUpsert:
    """Upserts rows, batch after batch, and knows what became of each.

    Args:
        pipeline: Sends the calls.
        rows: The input.
        report: Told (rows settled, rows in all) after each call.
        priority: Of the calls.
        max_wait_s: Seconds that each call waits for the hourly budget at most.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        rows: Iterable[Mapping[str, Any]],
        *,
        report: Report,
        priority: Priority | None,
        max_wait_s: float | None,
    ) -> None:
        self._pipeline = pipeline
        self._report = report
        self._priority = priority
        self._max_wait_s = max_wait_s
        self._results: dict[int, UpsertResult] = {}
        self._total = 0
        self._with_email: dict[str, list[Row]] = {}
        self._without_email: list[Row] = []
        for position, row in enumerate(rows):
            self._total += 1
            try:
                self._plan(row, position)
            except ValidationError as exc:
                self._results[position] = UpsertResult(error=exc)

    def _plan(self, row: Mapping[str, Any], position: int) -> None:
        values = as_json(row)
        if values.get("email") in (None, ""):
            self._without_email.append(Row(values, [position]))
            return
        email = values["email"] = checked_email(values["email"])
        known = self._with_email.setdefault(email.casefold(), [])
        if known and known[-1].takes(values):
            known[-1].add(values, position)
        else:
            known.append(Row(values, [position]))

    def run(self) -> Steps[list[UpsertResult]]:
        """Send everything; return a result for each row of the input, in its order.

        Raises:
            ApiError, UnreachableError: No call got through at all.
        """
        # Of rows with the same e-mail that could not be merged, each waits until the one before it is stored. Those
        # without are apart: a single one would keep its whole batch from being sent again.
        rounds = zip_longest(*self._with_email.values())
        batches = [_split([row for row in rows if row is not None]) for rows in rounds]
        pending = deque([*chain.from_iterable(batches), *_split(self._without_email)])
        failures = 0
        got_through = False
        while pending:
            batch = pending.popleft()
            try:
                self._note(batch, (yield from ask(self._pipeline, self._call(batch))))
            except (ApiError, UnreachableError) as exc:
                failures += 1
                if not _may_be_a_row(exc) or failures > _MOST_FAILURES_IN_A_ROW:
                    if not got_through:
                        raise
                    for unsent in (batch, *pending):
                        self._fail(unsent, exc)
                    break
                if len(batch) > 1 and _all_have_email(batch):
                    half = len(batch) // 2
                    pending.extendleft((batch[half:], batch[:half]))
                else:
                    self._fail(batch, exc)
            else:
                failures, got_through = 0, True
            self._report(len(self._results), self._total)
        return [self._results[position] for position in range(self._total)]

    def _call(self, batch: list[Row]) -> Call:
        return Call(
            method="POST",
            path="/api/contacts/batch/new",
            json=[row.values for row in batch],
            harmless_twice=_all_have_email(batch),
            priority=self._priority,
            max_wait_s=self._max_wait_s,
            timeout_s=max(batch_timeout_s(len(batch)), self._pipeline.timeout_s),
            attempted=f"upsert {len(batch)} contacts on {self._pipeline.base_url}",
            expected="HTTP 201",
        )

    def _note(self, batch: list[Row], answer: Answer) -> None:
        """Take down what Mautic says of each row; what it says is keyed by the row's number in the batch.

        As an object, or as a list where it has every number up to its last (live 5.1.0, 7.0.0): without row 1
        `contacts` is `{"0": .., "2": ..}`, and so is `errors` with that row alone.

        Source: `ApiBundle/Controller/CommonApiController.php`, `newEntitiesAction`.
        """
        codes = numbered(answer.require("statusCodes"))
        contacts = numbered(answer.require("contacts"))
        errors = numbered(answer.body.get("errors", {}))
        outcomes = []
        for number, row in enumerate(batch):
            contact, error = contacts.get(number), errors.get(number)
            if codes.get(number) in (200, 201) and contact and not _is_without_id(contact):
                contact_id = answer.read(contact, Entity).id
                result = UpsertResult(contact_id, created=codes[number] == 201)
            elif error and isinstance(error, Mapping):
                result = UpsertResult(error=self._row_error(row, codes.get(number), error, answer))
            else:
                raise answer.unexpected("a contact or an error for each row", f"none for {number}")
            outcomes.append(result)
        for row, result in zip(batch, outcomes, strict=True):
            first, *others = row.positions
            self._results[first] = result
            # They found what the first one made.
            same = UpsertResult(result.contact_id, created=False, error=result.error)
            self._results.update(dict.fromkeys(others, same))

    def _row_error(
        self, row: Row, code: object, error: Mapping[str, Any], answer: Answer
    ) -> ApiError:
        said = (error.get("code"), code)
        status = next((each for each in said if isinstance(each, int) and 400 <= each < 600), 500)
        alone = httpx.Response(status, json={"errors": [error]})
        found = to_error(
            alone,
            attempted=f"upsert row {row.positions[0]} (the first is 0)",
            expected="HTTP 200 or 201",
            redactor=self._pipeline.redactor,
        )
        found.request_id = answer.request_id
        return found

    def _fail(self, batch: list[Row], error: ApiError | UnreachableError) -> None:
        for row in batch:
            self._results.update(dict.fromkeys(row.positions, UpsertResult(error=error)))


def _is_without_id(contact: object) -> bool:
    return isinstance(contact, Mapping) and not contact.get("id")


def _split(rows: list[Row]) -> list[list[Row]]:
    return [rows[start : start + BATCH_SIZE] for start in range(0, len(rows), BATCH_SIZE)]


def _all_have_email(batch: list[Row]) -> bool:
    return all(row.values.get("email") for row in batch)


def _may_be_a_row(error: ApiError | UnreachableError) -> bool:
    """Say whether a batch may have failed for what is in it, so that a part of it may pass.

    A tag of 192 letters, a stage that does not exist, points beyond 32 bits or a NUL make Mautic answer 500 for
    the whole batch, the rows before already stored (live 5.1.0, 7.0.0). 413 is a proxy's.
    """
    return isinstance(error, ApiError) and error.status in (413, 500)
