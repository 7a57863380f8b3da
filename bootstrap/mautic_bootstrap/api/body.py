"""An answer's body while it comes in: it has to end in time, and before it fills the memory."""

import time
import zlib

import httpx

from mautic_bootstrap.api.effects import Send
from mautic_bootstrap.api.transport_errors import DrippingError, TooLargeError

LARGEST_ANSWER_BYTES = 32 * 1024 * 1024
"""Two hundred contacts with all their fields are two megabytes; what is beyond this is no answer of Mautic's."""

REQUEST_ID = "X-Request-Id"
"""The header that names a call, in the logs on both sides."""

# The one coding that is asked for (`connection`), in both of its names.
_GZIP = {"gzip", "x-gzip"}
# zlib's word for gzip's header and trailer.
_GZIP_FORMAT = 31
# These speak of the body as it was sent, not of the one that was read.
_ABOUT_THE_WIRE = {b"content-encoding", b"content-length", b"transfer-encoding"}


class Body:
    """Takes a body as it was sent, and unpacks it: never more of it at once than there is room for.

    Args:
        send: What it is the answer to.
        response: Its headers have come.

    Raises:
        httpx.DecodingError: It is packed in a way that was not asked for.
    """

    def __init__(self, send: Send, response: httpx.Response) -> None:
        self._request = send.request
        self._deadline = time.monotonic() + send.timeout_s
        self._chunks: list[bytes] = []
        self._room = LARGEST_ANSWER_BYTES
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding and coding not in _GZIP | {"identity"}:
            raise httpx.DecodingError(f"packed as {coding[:40]!r}", request=self._request)
        self._unpacking = zlib.decompressobj(_GZIP_FORMAT) if coding in _GZIP else None

    def add(self, chunk: bytes) -> None:
        """Take a part of it.

        Raises:
            DrippingError: It takes too long.
            TooLargeError: It is too much.
            httpx.DecodingError: It is not what it says it is.
        """
        if time.monotonic() > self._deadline:
            raise DrippingError("", request=self._request)
        if self._unpacking is not None:
            try:
                chunk = self._unpacking.decompress(chunk, self._room + 1)
            except zlib.error as exc:
                raise httpx.DecodingError(str(exc), request=self._request) from exc
        self._room -= len(chunk)
        if self._room < 0:
            raise TooLargeError(
                f"more than {LARGEST_ANSWER_BYTES} bytes came", request=self._request
            )
        self._chunks.append(chunk)

    def whole(self, response: httpx.Response) -> httpx.Response:
        """Return the answer with its body, and without the request's credentials.

        Raises:
            httpx.DecodingError: A packed body ends early.
        """
        if self._unpacking is not None and self._chunks and not self._unpacking.eof:
            raise httpx.DecodingError("it ends early", request=self._request)
        sent = self._request
        request_id = {name: sent.headers[name] for name in (REQUEST_ID,) if name in sent.headers}
        request = httpx.Request(sent.method, sent.url, headers=request_id)
        return httpx.Response(
            response.status_code,
            headers=[h for h in response.headers.raw if h[0].lower() not in _ABOUT_THE_WIRE],
            content=b"".join(self._chunks),
            request=request,
        )
