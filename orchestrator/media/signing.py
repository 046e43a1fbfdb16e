"""Signs a film with C2PA, the films it was made of as ingredients, and reads signatures; an extra."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from orchestrator import __version__
from orchestrator.errors import PlanError
from orchestrator.media.boxes import has_manifest
from orchestrator.media.errors import broken
from orchestrator.media.probe import check

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_FORMAT: Final = "video/mp4"
_MADE_OF: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_CURVES: Final = {256: b"es256", 384: b"es384", 521: b"es512"}
_HOLDS: Final = frozenset({"Valid", "Trusted"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate, with those that vouch for it behind it, and its private key: PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a file and of what it says it was made; `holds` if nothing was changed since.

    Whether the signer can be trusted is not looked at.
    """

    signer: str
    holds: bool
    ingredients: tuple[str, ...]


def require_signable(credentials: Credentials) -> None:
    """Raises PlanError, before any work is done, where this could not sign."""
    _library()
    _algorithm(credentials.key, _read(credentials.key))
    _read(credentials.certificate)


def sign(film: Path, title: str, parents: Sequence[Path], credentials: Credentials) -> Signature:
    """Sign the film in its place, and read the signature back; nothing may be changed in it afterwards.

    Raises PlanError for a certificate or a key that does not sign, BrokenVideoError, OSError.
    """
    c2pa = _library()
    signed = film.with_name(f"{film.name}.signed")
    try:
        with _understood(credentials), c2pa.Builder(_manifest(title, len(parents))) as builder:
            for number, parent in enumerate(parents, 1):
                ingredient = {"title": parent.name, "relationship": "componentOf", "label": _label(number)}
                with parent.open("rb") as file:
                    builder.add_ingredient(json.dumps(ingredient), _FORMAT, file)
            with _signer(c2pa, credentials) as signer, film.open("rb") as source, signed.open("w+b") as out:
                builder.sign(signer, _FORMAT, source, out)
        found = signature(signed)
        if found is None or not found.holds:
            raise broken(str(film), "its signature cannot be read back")
        check(signed)
        os.replace(signed, film)
    finally:
        signed.unlink(missing_ok=True)
    return found


def signature(path: Path) -> Signature | None:
    """The signature of a file; None where there is none, or where the extra is not installed."""
    if not has_manifest(path):
        return None
    try:
        import c2pa
    except ImportError:
        return None
    try:
        with path.open("rb") as file, c2pa.Reader(_FORMAT, file) as reader:
            store, state = json.loads(reader.json()), reader.get_validation_state()
    except c2pa.C2paError:
        return Signature("", False, ())
    active = store["manifests"][store["active_manifest"]]
    issued = active.get("signature_info", {})
    signer = " of ".join(filter(None, (issued.get("common_name"), issued.get("issuer"))))
    ingredients = tuple(str(each.get("title", "")) for each in active.get("ingredients", ()))
    return Signature(signer, state in _HOLDS, ingredients)


def _manifest(title: str, parents: int) -> str:
    labels = [_label(number) for number in range(1, parents + 1)]
    actions: list[dict[str, Any]] = [{"action": "c2pa.created", "digitalSourceType": _MADE_OF}]
    actions += [{"action": "c2pa.placed", "parameters": {"ingredientIds": [label]}} for label in labels]
    return json.dumps(
        {
            "claim_generator_info": [{"name": "orchestrate", "version": __version__}],
            "title": title,
            "format": _FORMAT,
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
        }
    )


def _label(number: int) -> str:
    return f"part-{number}"


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise PlanError("signing needs the extra c2pa: pip install '.[c2pa]' in the clone") from error
    return c2pa


def _signer(c2pa: Any, credentials: Credentials) -> Any:
    key = _read(credentials.key)
    algorithm = _algorithm(credentials.key, key)
    # Without a time stamp: nothing is sent anywhere.
    info = c2pa.C2paSignerInfo(algorithm, _read(credentials.certificate), key, None)
    return c2pa.Signer.from_info(info)


def _algorithm(path: Path, key: bytes) -> bytes:
    """What a key of this kind signs with."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    match _loaded(path, key):
        case ec.EllipticCurvePrivateKey(key_size=size) if size in _CURVES:
            return _CURVES[size]
        case ed25519.Ed25519PrivateKey():
            return b"ed25519"
        case rsa.RSAPrivateKey():
            return b"ps256"
    raise PlanError(f"{path}: keys of this kind sign no C2PA; use P-256, Ed25519 or RSA")


def _loaded(path: Path, key: bytes) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(key, password=None)
    except TypeError as error:
        raise PlanError(f"{path}: the key is encrypted; give one that is not") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PlanError(f"{path}: not a private key in PEM") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PlanError(f"{path}: cannot be read: {error.strerror}") from error


@contextmanager
def _understood(credentials: Credentials) -> Iterator[None]:
    """Turn every refusal of the library into a PlanError that keeps its cause."""
    import c2pa

    try:
        yield
    except c2pa.C2paError.Io as error:
        # Its own words are about its bindings; what fails here is a write, or a file that went away.
        raise OSError(errno.EIO, "a file could not be read or written while signing") from error
    except c2pa.C2paError as error:
        raise PlanError(
            f"{credentials.certificate} and {credentials.key} do not sign: {error}; the certificate must be "
            "that of the key, for signing, vouched for by the ones behind it in the file"
        ) from error
