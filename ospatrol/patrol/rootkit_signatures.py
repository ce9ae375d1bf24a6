"""The signatures that a task names: those that ship, and OSSEC's lists."""

from __future__ import annotations

from importlib.resources import files as package_files
from pathlib import Path

import msgspec

from ospatrol.collect.rootkit import RootkitScope
from ospatrol.comply.rootkit_signatures import Signatures, sort_out
from ospatrol.dialect.rootkit import RootkitFile, Trojan, read_rootkit_files, read_trojans
from ospatrol.dialect.sca_problem import PolicyProblem
from ospatrol.load.fields import read_struct
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.text import escape_controls
from ospatrol.patrol.policies import policy_text

_SHIPPED = "rootkits.yml"
_FOLDERS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The signatures of a task.

    Attributes:
        signatures: Those that can be used.
        failures: Those that cannot: what they are for is not looked at.
    """

    signatures: Signatures
    failures: tuple[Failure, ...] = ()


class _Strings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str
    regex: str


class _Signature(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    place: Place
    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    strings: tuple[_Strings, ...] = ()
    reference: str = ""


def load_signatures(scope: RootkitScope) -> Loaded:
    """All that a task compares with; blocking.

    Raises:
        ConfigErrors: a list cannot be read, or holds nothing.
    """
    files, trojans = shipped() if scope.shipped else ((), ())
    problems: list[ConfigError] = []
    lost: list[PolicyProblem] = []
    for path in scope.files:
        text = _text(path, problems)
        read = read_rootkit_files(text, path)
        files += tuple(_whole(each, text) for each in read.files)
        lost += _lost(read.problems, {each.place for each in read.files})
        problems += [] if read.files or problems else [ConfigError(Place(path), "it holds no entry")]
    for path in scope.trojans:
        told = read_trojans(_text(path, problems), path)
        trojans += told.trojans
        lost += _lost(told.problems, {each.place for each in told.trojans})
        problems += [] if told.trojans or problems else [ConfigError(Place(path), "it holds no entry")]
    if problems:
        raise ConfigErrors(problems)
    usable, refused = sort_out(trojans)
    failures = [_failure(each.place, each.problem) for each in lost]
    failures += [_failure(each.trojan.place, each.because) for each in refused]
    return Loaded(signatures=Signatures(files=files, trojans=usable), failures=tuple(failures))


def shipped() -> tuple[tuple[RootkitFile, ...], tuple[Trojan, ...]]:
    """OSPatrol's own signatures.

    Raises:
        ConfigErrors: the file is broken.
    """
    text = (package_files("ospatrol.collect") / _SHIPPED).read_text(encoding="utf-8")
    return read_signatures(text, _SHIPPED)


def read_signatures(text: str, path: str) -> tuple[tuple[RootkitFile, ...], tuple[Trojan, ...]]:
    """Signatures written in YAML: `signatures:` and a list of `name`, `paths`, `names`, `strings` and `reference`.

    Raises:
        ConfigErrors: every mistake, with its line.
    """
    problems: list[ConfigError] = []
    files: list[RootkitFile] = []
    trojans: list[Trojan] = []
    node = read_yaml(text, path)
    listed = node.get("signatures") if isinstance(node, Lined) else None
    for index, item in enumerate(listed if isinstance(listed, LinedList) else ()):
        place = listed.at(index) if isinstance(listed, LinedList) else Place(path)
        each = read_struct(item, _Signature, place, problems)
        if each is not None:
            files += [_file(each, where, anywhere=False) for where in each.paths]
            files += [_file(each, where, anywhere=True) for where in each.names]
            trojans += [_trojan(each, one) for one in each.strings]
    if problems or not files:
        raise ConfigErrors(problems or [ConfigError(Place(path), "expected `signatures:` and a list of them")])
    return tuple(files), tuple(trojans)


def _file(signature: _Signature, path: str, *, anywhere: bool) -> RootkitFile:
    return RootkitFile(
        path=path, name=signature.name, link=signature.reference, anywhere=anywhere, place=signature.place
    )


def _trojan(signature: _Signature, strings: _Strings) -> Trojan:
    path = strings.path
    paths = (path,) if path.startswith("/") else tuple(f"{folder}/{path}" for folder in _FOLDERS)
    return Trojan(paths=paths, regex=strings.regex, description=signature.name, place=signature.place)


def _whole(file: RootkitFile, text: str) -> RootkitFile:
    """An entry with its whole path: OSSEC cuts `usr/include/. .` at the blank, and so finds a folder that all have."""
    written = text.split("\n", file.place.line)[file.place.line - 1].partition("!")[0].strip()
    if file.anywhere or len(written.split()) < 2:
        return file
    return msgspec.structs.replace(file, path=f"/{written.lstrip('/')}")


def _text(path: str, problems: list[ConfigError]) -> str:
    try:
        return policy_text(Path(path))
    except OSError as error:
        problems.append(ConfigError(Place(path), f"cannot be read: {error.strerror or error}"))
        return ""


def _lost(problems: tuple[PolicyProblem, ...], used: set[Place]) -> list[PolicyProblem]:
    """Those of lines that are not used at all."""
    return [each for each in problems if each.place not in used]


def _failure(place: Place, because: str) -> Failure:
    what = escape_controls(f"the signature at {place}", 300)
    return Failure(what=what, reason=Reason.ERROR, detail=escape_controls(because, 300))
