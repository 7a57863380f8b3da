"""Asking, and reading the answer: what every method here has in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pydantic

from mautic_bootstrap.api.calls import Call
from mautic_bootstrap.api.effects import Steps
from mautic_bootstrap.api.models import Model, values_of
from mautic_bootstrap.api.pipeline import Pipeline
from mautic_bootstrap.api.responses import json_object, total
from mautic_bootstrap.errors import UnexpectedResponseError

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from a call that succeeded; the body may still be anybody's, a proxy's login page say."""

    attempted: str
    response: httpx.Response
    body: Mapping[str, Any]
    """Empty where it is no JSON object."""

    def one(self, key: str, model: type[M]) -> M:
        """Return what is under a key.

        Raises:
            UnexpectedResponseError: It is not there, or not what the model says.
        """
        return self.read(self.require(key), model)

    def several(self, key: str, model: type[M]) -> list[M]:
        """Return all that is under a key, in Mautic's order.

        Raises:
            UnexpectedResponseError: As in `one`.
        """
        return [self.read(item, model) for item in values_of(self.require(key))]

    def total(self) -> int:
        """Return how many a list has, its other pages included.

        Raises:
            UnexpectedResponseError: It does not say so.
        """
        return total(dict(self.body), attempted=self.attempted)

    def require(self, key: str) -> Any:
        """Return what is under a key, unread.

        Raises:
            UnexpectedResponseError: It is not there.
        """
        if key not in self.body:
            raise self.unexpected(
                f'a JSON object with "{key}"',
                f"the keys {sorted(self.body)[:5]}" if self.body else "no JSON object",
            )
        return self.body[key]

    def read(self, said: object, model: type[M]) -> M:
        """Return the model of what Mautic said.

        Raises:
            UnexpectedResponseError: It is something else.
        """
        try:
            return model.model_validate(said)
        except pydantic.ValidationError as exc:
            places = {".".join(map(str, error["loc"])) or "all of it" for error in exc.errors()}
            raise self.unexpected(
                f"a {model.__name__}", f"something else at {', '.join(sorted(places))}"
            ) from None  # its text quotes the values, a person's data

    def unexpected(self, expected: str, seen: str) -> UnexpectedResponseError:
        """Return the error for an answer that is none of Mautic's known shapes."""
        return UnexpectedResponseError(
            self.attempted,
            expected=expected,
            seen=seen,
            hint="Is there a proxy between here and Mautic that answers instead?",
            status=self.response.status_code,
            request_id=self.request_id,
        )

    @property
    def request_id(self) -> str:
        """What the call is called in the log."""
        request_id: str = self.response.request.headers.get("X-Request-Id", "")
        return request_id


def ask(pipeline: Pipeline, call: Call) -> Steps[Answer]:
    """Make a call and return its answer.

    Raises:
        ApiError, UnreachableError: It failed.
    """
    response = yield from pipeline.perform(call)
    attempted = call.attempted or f"{call.method} {call.path} on {pipeline.base_url}"
    return Answer(attempted, response, json_object(response))


def order(pipeline: Pipeline, call: Call, *, confirmed_by: str = "success") -> Steps[Answer]:
    """Make a call that changes something, and see that Mautic itself confirms it.

    Raises:
        ApiError, UnreachableError: It failed.
        UnexpectedResponseError: A 2xx without the confirmation.
    """
    answer = yield from ask(pipeline, call)
    answer.require(confirmed_by)
    return answer
