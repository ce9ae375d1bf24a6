"""Ansible-Vault: text that only a password opens; read, never written, and checked before anything is decrypted."""

from __future__ import annotations

import hmac
import os
import stat
import subprocess
from binascii import Error as HexError
from binascii import unhexlify
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from ospatrol.model.errors import ConfigError, UsageError
from ospatrol.model.place import Place
from ospatrol.model.secret import Secret

HEADER = "$ANSIBLE_VAULT"

_CIPHER = "AES256"
_ITERATIONS = 10_000  # Ansible's VaultAES256: PBKDF2-HMAC-SHA256 to two 32-byte keys and a 16-byte counter block
_KEY_BYTES = 32
_BLOCK_BYTES = 16
_SCRIPT_LIMIT_S = 300.0
_UNKNOWN_ID_STATUS = 2  # a `*-client` script has no password for the id that it was asked for

Ask = Callable[[str], str]


class VaultKey(msgspec.Struct, frozen=True, kw_only=True):
    """One vault password and the id it goes by."""

    label: str
    password: Secret


class VaultKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The vault passwords of a run.

    Attributes:
        keys: In the order to try them; one whose label is a text's own id is tried first.
        warnings: What the person should know of where they came from.
    """

    keys: tuple[VaultKey, ...] = ()
    warnings: tuple[str, ...] = ()


NO_KEYS = VaultKeys()


class _Envelope(msgspec.Struct, frozen=True):
    label: str
    salt: bytes
    digest: bytes
    cipher_text: bytes


def is_vault(text: str | bytes) -> bool:
    """Whether a text or a whole file is encrypted."""
    return text.startswith(HEADER) if isinstance(text, str) else text.startswith(HEADER.encode())


def decrypt(text: str, keys: VaultKeys, place: Place) -> bytes:
    """What an encrypted text holds.

    Args:
        text: With its `$ANSIBLE_VAULT` header line, format 1.1 or 1.2.
        keys: Every one is tried; the ids are hints, not locks, as in Ansible.
        place: Where the text stands.

    Raises:
        ConfigError: no password was given, none opens it, or the text is damaged.
    """
    envelope = _opened_envelope(text, place)
    if not keys.keys:
        raise ConfigError(
            place,
            "encrypted with Ansible-Vault and no password was given; use --vault-password-file or --vault-id",
        )
    for key in sorted(keys.keys, key=lambda key: key.label != envelope.label):
        plain = _open(envelope, key.password)
        if plain is not None:
            return plain
    tried = ", ".join(sorted({key.label for key in keys.keys}))
    wanted = f" (its id is {envelope.label!r})" if envelope.label else ""
    raise ConfigError(place, f"none of the vault passwords opens this{wanted}; tried: {tried}")


def _opened_envelope(text: str, place: Place) -> _Envelope:
    header, *lines = text.strip().splitlines() or [""]
    name, *fields = (field.strip() for field in header.strip().split(";"))
    if name != HEADER or len(fields) < 2:
        raise ConfigError(place, "not Ansible-Vault text: its first line must be like $ANSIBLE_VAULT;1.1;AES256")
    version, cipher, *rest = fields
    if version not in {"1.1", "1.2"} or cipher != _CIPHER:
        raise ConfigError(place, f"Ansible-Vault format {version} with {cipher} is not supported; 1.1 and 1.2 are")
    try:
        salt, digest, cipher_text = unhexlify("".join(line.strip() for line in lines)).split(b"\n", 2)
        return _Envelope(rest[0] if rest else "", unhexlify(salt), unhexlify(digest), unhexlify(cipher_text))
    except (HexError, ValueError) as error:
        raise ConfigError(place, "damaged Ansible-Vault text: it was cut or changed") from error


@lru_cache(maxsize=4096)
def _open(envelope: _Envelope, password: Secret) -> bytes | None:
    """The plain bytes, or None if the password is not the one; checked before anything is decrypted."""
    # a fifth of a second that only runs with a vault shall pay
    from cryptography.hazmat.primitives import hashes, padding  # noqa: PLC0415  # start-up time
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  # start-up time
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC  # noqa: PLC0415  # start-up time

    derived = PBKDF2HMAC(
        algorithm=hashes.SHA256(),
        length=2 * _KEY_BYTES + _BLOCK_BYTES,
        salt=envelope.salt,
        iterations=_ITERATIONS,
    ).derive(password.reveal.encode("utf-8", "surrogateescape"))
    cipher_key, mac_key = derived[:_KEY_BYTES], derived[_KEY_BYTES : 2 * _KEY_BYTES]
    if not hmac.compare_digest(hmac.digest(mac_key, envelope.cipher_text, "sha256"), envelope.digest):
        return None
    decryptor = Cipher(algorithms.AES(cipher_key), modes.CTR(derived[2 * _KEY_BYTES :])).decryptor()
    padded = decryptor.update(envelope.cipher_text) + decryptor.finalize()
    unpadder = padding.PKCS7(8 * _BLOCK_BYTES).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def read_keys(
    *, password_files: Iterable[str] = (), vault_ids: Iterable[str] = (), ask: Ask | None = None
) -> VaultKeys:
    """The vault passwords that a person named.

    Args:
        password_files: As `--vault-password-file`: a file, or an executable that prints the password.
        vault_ids: As `--vault-id`: `label@source` or `source`, where the source is a file, an executable or `prompt`.
        ask: Asks a person for a password, given the prompt; None where nobody is there.

    Raises:
        UsageError: a source is missing, unreadable, fails, or holds no password.
    """
    named = [_split_id(vault_id) for vault_id in vault_ids]
    named += [("default", source) for source in password_files]
    from_environment = os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE")
    if from_environment:
        named.append(("default", from_environment))
    keys: list[VaultKey] = []
    warnings: list[str] = []
    for label, source in named:
        if source in {"prompt", "prompt_ask_vault_pass"}:
            password = _asked(label, ask)
        else:
            password = _from_file(label, source, VaultKeys(keys=tuple(keys)), warnings)
        keys.append(VaultKey(label=label, password=Secret(password)))
    return VaultKeys(keys=tuple(keys), warnings=tuple(warnings))


def _split_id(vault_id: str) -> tuple[str, str]:
    label, at, source = vault_id.partition("@")
    return (label or "default", source) if at else ("default", vault_id)


def _asked(label: str, ask: Ask | None) -> str:
    password = ask(f"Vault password ({label})").strip() if ask else ""
    if not password:
        raise UsageError(f"no vault password was given for {label!r}")
    return password


def _from_file(label: str, source: str, known: VaultKeys, warnings: list[str]) -> str:
    path = Path(os.path.expandvars(source)).expanduser()
    if not path.is_file():
        raise UsageError(f"vault password file {source}: no such file")
    raw = _from_script(path, label) if os.access(path, os.X_OK) else _from_plain_file(path, source, known, warnings)
    if not raw:
        raise UsageError(f"vault password file {source}: it gives no password")
    return raw.decode("utf-8", "surrogateescape")


def _from_plain_file(path: Path, source: str, known: VaultKeys, warnings: list[str]) -> bytes:
    try:
        raw = path.read_bytes().strip()
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"vault password file {source}: {error.strerror}") from error
    if mode & stat.S_IROTH:
        warnings.append(f"vault password file {source}: everyone on this machine can read it; chmod 600 it")
    if is_vault(raw):
        raw = decrypt(raw.decode("ascii", "replace"), known, Place(source))
    return raw.strip(b"\r\n")


def _from_script(path: Path, label: str) -> bytes:
    command = [str(path.absolute())]
    if path.stem.endswith("-client"):
        command += ["--vault-id", label]
    try:
        # a person named this program, and no shell is involved; its own questions go to their terminal
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=_SCRIPT_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"vault password script {path}: no answer within {_SCRIPT_LIMIT_S:.0f} s") from error
    except OSError as error:
        hint = "if it is no script, take away its executable bit"
        raise UsageError(f"vault password script {path}: {error.strerror}; {hint}") from error
    if done.returncode == _UNKNOWN_ID_STATUS and len(command) > 1:
        raise UsageError(f"vault password script {path}: it knows no password for the id {label!r}")
    if done.returncode:
        raise UsageError(f"vault password script {path}: it ended with status {done.returncode}")
    return done.stdout.strip(b"\r\n")
