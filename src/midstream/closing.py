"""The end of a source of fragments: it is closed, if it can be."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["AsyncClosing", "Closing"]


class Closing:
    """Closes the iterator over a source, and the source itself, with their ``close()`` where they have one.

    Responses of HTTP clients are sources whose iterator is another object: closing that alone would leave the connection open.
    An exception from closing is raised only if no other one is on its way.
    """

    def __init__(self, it: Any, iterator: Any) -> None:
        self._source = it
        self._iterator = iterator

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        try:
            if self._iterator is not self._source:
                self._close(self._iterator)
        except Exception:
            if not _is_another(error):
                raise
        finally:
            self._close_source(error)

    def _close_source(self, error: BaseException | None) -> None:
        try:
            self._close(self._source)
        except Exception:
            if not _is_another(error):
                raise

    @staticmethod
    def _close(one: Any) -> None:
        close = getattr(one, "close", None)
        if callable(close):
            close()


class AsyncClosing:
    """The same with ``aclose()``, or else ``close()``; what they return is awaited if it can be."""

    def __init__(self, it: Any, iterator: Any) -> None:
        self._source = it
        self._iterator = iterator

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        try:
            if self._iterator is not self._source:
                await self._close(self._iterator)
        except Exception:
            if not _is_another(error):
                raise
        finally:
            await self._close_source(error)

    async def _close_source(self, error: BaseException | None) -> None:
        try:
            await self._close(self._source)
        except Exception:
            if not _is_another(error):
                raise

    @staticmethod
    async def _close(one: Any) -> None:
        close = getattr(one, "aclose", None) or getattr(one, "close", None)
        if callable(close):
            result: Any = close()
            if hasattr(result, "__await__"):
                await result


def _is_another(error: BaseException | None) -> bool:
    """Is an exception on its way that one from closing must not replace? That of being left early is none."""
    return error is not None and not isinstance(error, GeneratorExit)
