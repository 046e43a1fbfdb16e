"""Films signed with C2PA by a signer whose authority is made here: read back, verified, labelled still."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import c2pa
import pytest

from orchestrator.errors import PlanError
from orchestrator.media import (
    BrokenVideoError,
    Caption,
    Credentials,
    Piece,
    check,
    inspect,
    render,
    require_signable,
    sign,
    stitch,
)
from orchestrator.media.signing import signature
from tests.certificates import Authority, edwards, encrypted, odd


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A certificate authority of this test."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film that may be written to."""
    path = tmp_path / "film.mp4"
    render(Caption("koi", "锦鲤", "0:00"), Decimal(2), path)
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another one."""
    path = tmp_path / "other.mp4"
    render(Caption("koi", "青蛙", "0:00"), Decimal(2), path)
    return path


def manifest(path: Path) -> dict[str, Any]:
    """What the library itself reads in the file."""
    with path.open("rb") as file, c2pa.Reader("video/mp4", file) as reader:
        store: dict[str, Any] = json.loads(reader.json())
    found: dict[str, Any] = store["manifests"][store["active_manifest"]]
    return found


def test_a_joined_film_is_signed_last(film: Path, other: Path, authority: Authority, tmp_path: Path) -> None:
    """Label first, signature last: both are there, the film plays, and its parents are its ingredients."""
    out, signer = tmp_path / "out.mp4", Credentials(*authority.signer("Koi"))
    stitch(
        [Piece(film), Piece(other)], out, finish=lambda path: void(sign(path, "锦鲤", [film, other], signer))
    )
    found = inspect(out)
    assert found.signature is not None
    assert found.signature.holds
    assert found.signature.signer == "Koi of Pond"
    assert found.signature.ingredients == ("film.mp4", "other.mp4")
    assert found.label is not None
    assert found.label.fields["Label"] == "1"
    assert [label.fields["Label"] for label in found.further] == ["1"]
    assert check(out, thorough=True).seconds == 4
    said = manifest(out)
    assert said["title"] == "锦鲤"
    actions = next(each for each in said["assertions"] if each["label"].startswith("c2pa.actions"))
    kinds = [action["action"] for action in actions["data"]["actions"]]
    assert kinds == ["c2pa.created", "c2pa.placed", "c2pa.placed"]


def void(_: object) -> None:
    """What a finish gives back."""


def test_a_change_after_signing_is_seen(film: Path, authority: Authority) -> None:
    """A film that somebody changed is not what was signed."""
    sign(film, "a", [], Credentials(*authority.signer("Koi")))
    whole = bytearray(film.read_bytes())
    whole[whole.index(b"mdat") + 900] ^= 1
    film.write_bytes(whole)
    found = signature(film)
    assert found is not None
    assert not found.holds


def test_a_signed_parent_brings_its_own_manifest(film: Path, other: Path, authority: Authority) -> None:
    """What was signed before is an ingredient with its signature, not lost."""
    signer = Credentials(*authority.signer("Koi", edwards()))
    sign(film, "a", [], signer)
    sign(other, "b", [film], signer)
    (ingredient,) = manifest(other)["ingredients"]
    assert ingredient["active_manifest"]
    assert ingredient["relationship"] == "componentOf"


def test_whoever_cannot_sign_is_told_before_any_work(
    film: Path, authority: Authority, tmp_path: Path
) -> None:
    """Missing, encrypted and strange keys are named; nothing is written."""
    chain, key = authority.signer("Koi")
    for secret, message in (
        (tmp_path / "none.key", "cannot be read"),
        (encrypted(tmp_path / "secret.key"), "is encrypted"),
        (odd(tmp_path / "odd.key"), "sign no C2PA"),
        (chain, "not a private key"),
    ):
        with pytest.raises(PlanError, match=message):
            require_signable(Credentials(chain, secret))
    with pytest.raises(PlanError, match="cannot be read"):
        require_signable(Credentials(tmp_path / "none.pem", key))


def test_a_pair_that_does_not_belong_together_leaves_the_film(film: Path, authority: Authority) -> None:
    """A key of another certificate signs nothing, and no half of a film lies about."""
    (chain, _), (_, key) = authority.signer("Koi"), authority.signer("Frog")
    before = film.read_bytes()
    with pytest.raises(PlanError, match="do not sign"):
        sign(film, "a", [], Credentials(chain, key))
    assert film.read_bytes() == before
    with pytest.raises(PlanError, match="do not sign"):
        sign(film, "a", [], Credentials(key, key))
    assert sorted(path.name for path in film.parent.iterdir()) == ["certificates", "film.mp4"]


def test_a_manifest_that_is_none_does_not_hold(film: Path) -> None:
    """Something in a manifest's place that nobody can read is no good signature."""
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + b"manifest"
    film.write_bytes(film.read_bytes() + (8 + len(uuid)).to_bytes(4, "big") + b"uuid" + uuid)
    found = inspect(film)
    assert found.manifest
    assert found.signature is not None
    assert not found.signature.holds


def test_without_the_extra_it_is_said(
    film: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the library is not installed, signing says what to install, and reading says that it cannot."""
    signer = Credentials(*authority.signer("Koi"))
    sign(film, "a", [], signer)
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(PlanError, match="extra c2pa"):
        require_signable(signer)
    found = inspect(film)
    assert (found.manifest, found.signature) == (True, None)


def test_a_film_that_is_none_is_not_signed(tmp_path: Path, authority: Authority) -> None:
    """What is no film is refused by whoever finds out first."""
    text = tmp_path / "text.mp4"
    text.write_text("hello")
    with pytest.raises((PlanError, BrokenVideoError)):
        sign(text, "a", [], Credentials(*authority.signer("Koi")))
    assert text.read_text() == "hello"
