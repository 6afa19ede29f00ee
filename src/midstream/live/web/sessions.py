"""The sessions there are: bounded in number, and dropped when nobody looks."""

from __future__ import annotations

import asyncio

from .session import Session, Source

__all__ = ["Full", "Sessions"]


class Full(Exception):
    """There are as many sessions as there may be, and all of them are watched or running."""


class Sessions:
    """most: of them at once. keep: seconds that one stays while nobody reads it, running or not; then it is dropped."""

    def __init__(self, most: int = 1000, keep: float = 60.0) -> None:
        self.most = most
        self.keep = keep
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def start(self, source: Source, speed: float, *, text: bool = False) -> Session:
        """A new session of `source`. Raises Full."""
        if len(self._sessions) >= self.most:
            self._drop_one()
        session = Session(source, speed, text=text)
        self._sessions[session.id] = session
        session.start()
        self.left(session)
        return session

    def get(self, name: str) -> Session | None:
        """The session with this id."""
        return self._sessions.get(name)

    def left(self, session: Session) -> None:
        """A reader has gone, or none has come yet: if none comes in time, the session is dropped."""
        asyncio.get_running_loop().call_later(self.keep, self._drop_unwatched, session.id, session.visits)

    def _drop_unwatched(self, name: str, visits: int) -> None:
        session = self._sessions.get(name)
        if session is not None and not session.readers and session.visits == visits:
            self.drop(session)

    def drop(self, session: Session) -> None:
        """It is stopped and forgotten."""
        if self._sessions.pop(session.id, None) is not None:
            session.stop()

    def _drop_one(self) -> None:
        for session in self._sessions.values():
            if session.over and not session.readers:
                self.drop(session)
                return
        raise Full(f"there are {self.most} streams already")

    def part(self) -> None:
        """All readers are let go."""
        for session in self._sessions.values():
            session.part()

    async def close(self) -> None:
        """All of them are stopped, and their sources closed."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            session.stop()
        for session in sessions:
            await session.stopped()
