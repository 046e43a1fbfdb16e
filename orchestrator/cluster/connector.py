"""The engine's way to the database, where no answer is waited for for ever: a cut cable tells nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException

from orchestrator.store import ANSWER


class Connector(PsycopgConnector):
    """Raises ConnectorException, too, where a question has no answer in time."""

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        """No rows are wanted."""
        with _bounded():
            await super().execute_query_async(query, **arguments)

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        """The one row."""
        with _bounded():
            found: dict[str, Any] = await super().execute_query_one_async(query, **arguments)
        return found

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        """All rows."""
        with _bounded():
            found: list[dict[str, Any]] = await super().execute_query_all_async(query, **arguments)
        return found


@contextmanager
def _bounded() -> Iterator[None]:
    try:
        with anyio.fail_after(ANSWER):
            yield
    except TimeoutError as error:
        raise ConnectorException("no answer") from error
