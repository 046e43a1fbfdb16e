"""Shared storage, in a folder and on a real S3 server: sent whole, brought back only when it is right."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.errors import DiskError, PlanError
from orchestrator.vault import Held, Vault, VaultError, open_vault
from tests.s3 import BUCKET, s3

FILM = bytes(range(256)) * 4096
"""A mebibyte."""

DIGEST = hashlib.sha256(FILM).hexdigest()
Corrupt = Callable[[Held, bytes], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """One for all tests of this module, each in a prefix of its own."""
    root = tmp_path_factory.mktemp("s3") / "root"
    with s3(root) as environ:
        yield root, environ


@pytest.fixture(params=["file", "s3"])
def vault(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Vault, Path]:
    """A vault, and the folder in which its objects lie."""
    if request.param == "file":
        pytest.importorskip("obstore", reason="the extra `cluster` is not installed")
        return open_vault(f"file://{tmp_path}/shared films"), tmp_path / "shared films"
    root, environ = request.getfixturevalue("server")
    reach(environ, monkeypatch)
    prefix = f"studio/{tmp_path.name}"
    return open_vault(f"s3://{BUCKET}/{prefix}"), root / BUCKET / prefix


def reach(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this the environment's storage."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(FILM)
    return path


def test_a_film_is_sent_found_and_brought_back(vault: tuple[Vault, Path], film: Path, tmp_path: Path) -> None:
    """What comes back is what was sent, byte for byte, under its own name."""
    store, _ = vault
    assert store.held() == {}
    assert store.look("a") is None
    sent = store.put("a", DIGEST, film)
    assert sent == Held("a", DIGEST, len(FILM))
    assert store.put("a", DIGEST, film) == sent
    assert store.held() == {"a": sent}
    assert store.look("a") == sent
    assert store.look("ab") is None
    store.bring(sent, tmp_path / "new" / "b.mp4")
    assert (tmp_path / "new" / "b.mp4").read_bytes() == FILM
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["b.mp4"]


def test_a_large_film_is_sent_in_parts(vault: tuple[Vault, Path], tmp_path: Path) -> None:
    """Films of many megabytes, whose parts are put together there, are whole as well."""
    store, _ = vault
    content = FILM * 13
    (tmp_path / "large.mp4").write_bytes(content)
    sent = store.put("large", hashlib.sha256(content).hexdigest(), tmp_path / "large.mp4")
    store.bring(sent, tmp_path / "back.mp4")
    assert (tmp_path / "back.mp4").read_bytes() == content


def test_a_film_that_is_not_what_was_kept_is_not_sent(vault: tuple[Vault, Path], film: Path) -> None:
    """A file that was damaged on the disk does not become everybody's."""
    store, _ = vault
    film.write_bytes(FILM[:-1] + b"?")
    with pytest.raises(VaultError, match="not what was kept"):
        store.put("a", DIGEST, film)
    with pytest.raises(DiskError):
        store.put("a", DIGEST, film.with_name("nowhere.mp4"))
    assert store.held() == {}


@pytest.mark.parametrize("content", [FILM[:-1] + b"?", FILM[:-1], b""], ids=["changed", "cut", "empty"])
def test_a_film_that_is_not_what_was_sent_is_not_used(
    vault: tuple[Vault, Path], film: Path, tmp_path: Path, content: bytes
) -> None:
    """Whoever can write to the storage cannot put another film into a lineage; what is here stays."""
    import obstore

    store, _ = vault
    sent = store.put("a", DIGEST, film)
    obstore.put(store._store, sent.name, content)
    target = tmp_path / "target.mp4"
    target.write_bytes(b"mine")
    with pytest.raises(VaultError, match="not the film that was sent"):
        store.bring(sent, target)
    assert target.read_bytes() == b"mine"
    assert not list(tmp_path.glob(".*"))


def test_other_things_in_the_storage_are_left_alone(vault: tuple[Vault, Path], film: Path) -> None:
    """A bucket may hold whatever else; only what is named as a film is one."""
    store, folder = vault
    store.put("a", DIGEST, film)
    (folder / "videos" / "a" / "notes.txt").write_text("x")
    (folder / "videos" / "readme").write_text("x")
    assert set(store.held()) == {"a"}


def test_wrong_keys_a_missing_bucket_and_a_dead_server_are_said(
    server: tuple[Path, dict[str, str]], film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each names the place; no key is shown."""
    _, environ = server
    wrong = environ | {"AWS_SECRET_ACCESS_KEY": "not-the-secret"}
    for broken in (wrong, environ | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}):
        reach(broken, monkeypatch)
        with pytest.raises(VaultError) as raised:
            open_vault(f"s3://{BUCKET}/x").held()
        assert f"s3://{BUCKET}/x" in str(raised.value)
        assert "not-the-secret" not in str(raised.value)
        assert "\n" not in str(raised.value)
    reach(environ, monkeypatch)
    with pytest.raises(VaultError, match="s3://nowhere"):
        open_vault("s3://nowhere/x").put("a", DIGEST, film)


@pytest.mark.parametrize(
    "url",
    ["films", "s3://", "s3:///films", "s3://key@films/x", "https://films/x", "file://host/x", "s3://b?x=1"],
)
def test_what_is_no_place_is_said(url: str) -> None:
    """Before anything is paid: a misspelt address would leave every film where it is."""
    with pytest.raises(PlanError, match="s3://BUCKET/PREFIX"):
        open_vault(url)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who installed without the extra is told what to install."""
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.exceptions", None)
    with pytest.raises(PlanError, match=r"orchestrator\[cluster\]"):
        open_vault("s3://films/x")
