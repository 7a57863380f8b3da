"""What a call needs from outside, as values.

Everything that talks to Mautic is written once, as a generator that yields these and is sent the outcome; a
driver carries them out, one by blocking, one by awaiting. So the two clients cannot drift apart, and what decides
(tokens, budget, retries) is tested without a network.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request and read its whole answer; sends back the `httpx.Response`."""

    request: httpx.Request
    timeout_s: float
    """Seconds for the body, from the moment its headers are there; the request has its own for each wait."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait without holding anything up; sends back nothing."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Block:
    """Do something that may wait for a disk or another process; sends back its result."""

    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """Hand one item of an iteration to whoever iterates; sends back nothing."""

    value: T


Effect = Send | Pause | Block
Steps = Generator[Effect, Any, T]
"""Effects, and in the end a T."""
Stream = Generator[Effect | Item[T], Any, None]
"""Effects, and a T every now and then."""
