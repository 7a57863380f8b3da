"""One definition of every method, for the client that blocks and for the one that is awaited.

    class Contacts(Group[Mode]):
        @operation
        def get(self, contact_id: int) -> Steps[Contact]: ...

    MauticClient(...).contacts.get(1)               # Contact
    await AsyncMauticClient(...).contacts.get(1)    # Contact

Type checkers see both: what a method returns follows from the client's mode.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from mautic_bootstrap.api.drivers import Driver
from mautic_bootstrap.api.effects import Steps, Stream

if TYPE_CHECKING:
    from mautic_bootstrap.api.pipeline import Pipeline

P = ParamSpec("P")
R = TypeVar("R")


class Sync:
    """Marks what blocks."""


class Async:
    """Marks what is awaited."""


Mode = TypeVar("Mode", Sync, Async)


class Group(Generic[Mode]):
    """Methods that share one pipeline; `Mode` says how they are run."""

    def __init__(self, driver: Driver, pipeline: "Pipeline") -> None:
        self._driver = driver
        self._pipeline = pipeline


class operation(Generic[P, R]):  # noqa: N801  # used like `property`
    """A method that returns one thing; written as steps.

    One that takes `**fields` has to write `self, /`: else `self` could be one of them.
    """

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[R]]) -> None:
        def call(group: Group[Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
            return group._driver.run(steps(group, *args, **kwargs))  # noqa: SLF001  # its own machinery

        self._call = _named_as(steps, call)

    @overload
    def __get__(self, group: None, owner: object) -> Callable[Concatenate[Any, P], Any]: ...
    @overload
    def __get__(self, group: Group[Sync], owner: object) -> Callable[P, R]: ...
    @overload
    def __get__(
        self, group: Group[Async], owner: object
    ) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, group: Any, owner: object) -> Any:
        """Return the method, bound to a group of either mode."""
        return self._call if group is None else MethodType(self._call, group)


class iteration(Generic[P, R]):  # noqa: N801  # used like `property`
    """A method that returns an iterator; written as a stream."""

    def __init__(self, stream: Callable[Concatenate[Any, P], Stream[R]]) -> None:
        def call(group: Group[Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
            return group._driver.iterate(stream(group, *args, **kwargs))  # noqa: SLF001  # its own machinery

        self._call = _named_as(stream, call)

    @overload
    def __get__(self, group: None, owner: object) -> Callable[Concatenate[Any, P], Any]: ...
    @overload
    def __get__(self, group: Group[Sync], owner: object) -> Callable[P, Iterator[R]]: ...
    @overload
    def __get__(self, group: Group[Async], owner: object) -> Callable[P, AsyncIterator[R]]: ...
    def __get__(self, group: Any, owner: object) -> Any:
        """Return the method, bound to a group of either mode."""
        return self._call if group is None else MethodType(self._call, group)


def _named_as(written: Callable[..., Any], call: Callable[..., Any]) -> Callable[..., Any]:
    """Give a call the name, docstring and parameters that its method was written with, for `help()`."""
    functools.update_wrapper(call, written)
    signature = inspect.signature(written)
    # What it was written to return is for the driver; what comes of that depends on the mode.
    signature = signature.replace(return_annotation=inspect.Signature.empty)
    call.__signature__ = signature  # type: ignore[attr-defined]  # where inspect looks
    return call
