"""Shared storage for kept films: sent, found and brought back, checked by digest; the home of obstore."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestrator.errors import DiskError, PlanError, UnreachableError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

VARIABLE = "ORCHESTRATE_ARCHIVE"

_NAME = re.compile(r"videos/(?P<take>[0-9a-z]+)/(?P<sha256>[0-9a-f]{64})\.mp4")
_PIECE = 1 << 20


class VaultError(UnreachableError):
    """The shared storage could not be used now, or holds something else than was sent there."""


@dataclass(frozen=True, slots=True)
class Held:
    """A film in the vault. Its name tells its digest, so that whoever reads it can check it."""

    take: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The object's name below the vault's URL."""
        return f"videos/{self.take}/{self.sha256}.mp4"


class Vault:
    """Films by their take; every call blocks, and raises VaultError for what the storage does."""

    def __init__(self, url: str, store: ObjectStore) -> None:
        self.url = url
        self._store = store

    def held(self) -> dict[str, Held]:
        """Everything that is there, by take."""
        return {each.take: each for each in self._listed("videos")}

    def look(self, take: str) -> Held | None:
        """The film of this take, if it is there."""
        return next(iter(self._listed(f"videos/{take}")), None)

    def put(self, take: str, sha256: str, path: Path) -> Held:
        """Send a kept film, unless it is there; only if its content is still what was kept.

        It appears whole or not at all, and an S3 server that knows checksums checks what arrives.
        """
        import obstore

        size, found = _digest(path)
        if found != sha256:
            raise VaultError(f"{path} is not what was kept any more, and was not sent: orchestrate fetch")
        film = Held(take, sha256, size)
        with self._troubles(film.name):
            if self.look(take) != film:
                obstore.put(self._store, film.name, path)
            if obstore.head(self._store, film.name)["size"] != size:
                raise VaultError(f"{self.url}: {film.name} has not arrived whole")
        return film

    def bring(self, film: Held, path: Path) -> None:
        """Put a copy in place by one rename, once its content is known to be what was sent."""
        import obstore

        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with _partial(path) as partial, partial.open("wb") as file:
            with self._troubles(film.name):
                for piece in obstore.get(self._store, film.name).stream(min_chunk_size=_PIECE):
                    digest.update(piece)
                    file.write(piece)
            if digest.hexdigest() != film.sha256:
                raise VaultError(f"{self.url}: {film.name} is not the film that was sent there: not used")
            file.flush()
            os.fsync(file.fileno())
            os.replace(partial, path)

    def _listed(self, folder: str) -> Iterator[Held]:
        import obstore

        with self._troubles(folder):
            for page in obstore.list(self._store, prefix=folder):
                for each in page:
                    if found := _NAME.fullmatch(each["path"]):
                        yield Held(found["take"], found["sha256"], each["size"])

    @contextmanager
    def _troubles(self, name: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise DiskError(f"{error.filename or name}: {error.strerror}") from error
            words = " ".join(str(error).partition("\n\nDebug source")[0].split())[:300]
            raise VaultError(f"{self.url}: {name}: {words}") from error


def open_vault(url: str) -> Vault:
    """The vault at s3://BUCKET/PREFIX (keys and endpoint from the AWS_… variables) or file:///FOLDER.

    PlanError for another address, and where the library for it is not installed. Nothing is asked yet.
    """
    parts = urlsplit(url)
    sound = (
        parts.netloc if parts.scheme == "s3" else parts.scheme == "file" and not parts.netloc and parts.path
    )
    if not sound or "@" in parts.netloc or parts.query or parts.fragment:
        raise PlanError(
            f"archive {url}: write s3://BUCKET/PREFIX or file:///FOLDER; keys come from AWS_… variables"
        )
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError as error:
        raise PlanError(
            "an archive in shared storage needs another library: pip install 'orchestrator[cluster]'"
        ) from error
    try:
        return Vault(url, from_url(url, **_options(parts.scheme)))
    except (BaseError, ValueError, OSError) as error:
        raise PlanError(f"archive {url} cannot be used: {' '.join(str(error).split())[:300]}") from error


def _options(scheme: str) -> dict[str, Any]:
    if scheme == "file":
        return {"mkdir": True}
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
    endpoint = next((os.environ[name] for name in names if os.environ.get(name)), None)
    return {
        "config": {"checksum_algorithm": "sha256"} | ({"endpoint": endpoint} if endpoint else {}),
        # Without TLS only where the person wrote so in their own environment.
        "client_options": {
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
            "timeout": "120s",
        },
        "retry_config": {"max_retries": 4, "retry_timeout": timedelta(seconds=60)},
    }


def _digest(path: Path) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    try:
        with path.open("rb") as file:
            for piece in _pieces(file.read, _PIECE):
                size += len(piece)
                digest.update(piece)
    except OSError as error:
        raise DiskError(f"{path}: cannot be read: {error.strerror}") from error
    return size, digest.hexdigest()


def _pieces(read: Any, size: int) -> Iterable[bytes]:
    return iter(lambda: read(size), b"")


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """A name beside the final one that nobody else uses, gone afterwards."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise DiskError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
