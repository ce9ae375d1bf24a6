"""Who may do what on an ESXi host: accounts, roles, services, settings, the firewall, keys and certificates."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from ospatrol.collect import esxi_questions as asked
from ospatrol.collect.esxi_dump import options_of
from ospatrol.collect.esxi_found import Found, reason_of, said_of
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Ask, Question, State

_SECRET = re.compile(r"(?:password|passwd|passphrase|secret|community|privatekey)[s0-9]?$", re.IGNORECASE)
_KEY_TYPE = re.compile(r"(?:ssh-|ecdsa-|sk-)[\w@.-]{1,80}")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]{1,100000}-----END CERTIFICATE-----")
_MOST_CERTIFICATES = 1000
_HIDDEN = "(hidden)"


def find_access(found: Found) -> None:
    """Add all of it."""
    _find_accounts(found)
    _find_permissions(found)
    _find_services(found)
    _find_settings(found)
    _find_firewall(found)
    _find_keys(found)
    _find_certificates(found)


def _find_accounts(found: Found) -> None:
    rows = found.rows("account", asked.ACCOUNTS, "userid", some=True)
    if rows is None:
        return
    for row in rows:
        fields = {"description": row.get("description", ""), "shell_access": row.get("shellaccess", "")}
        found.add("account", row["userid"], fields)
    found.whole.add("account")


def _find_permissions(found: Found) -> None:
    rows = found.rows("permission", asked.PERMISSIONS, "principal", "role", some=True)
    if rows is None:
        return
    for row in rows:
        group = row.get("isgroup", "") == "true"
        key = f"group {row['principal']}" if group else row["principal"]
        found.add("permission", key, {"role": row["role"], "means": row.get("roledescription", "")})
    found.whole.add("permission")


def _find_services(found: Found) -> None:
    config = found.dump("service", asked.HOST_CONFIG)
    if config is None:
        found.gap("lockdown", Reason.ERROR, f"{asked.HOST_CONFIG}: no mode, as above")
        return
    services = list(config.parts("service", "service"))
    for service in services:
        fields = {"label": service.text("label"), "running": service.text("running"), "start": service.text("policy")}
        found.add("service", service.text("key"), fields)
    if services:
        found.whole.add("service")
    else:
        found.gap("service", Reason.ERROR, f"{asked.HOST_CONFIG}: no service in it")
    lockdown = config.text("lockdownMode")
    if lockdown:
        found.add("lockdown", "lockdown", {"mode": lockdown})
        found.whole.add("lockdown")
    else:
        found.gap("lockdown", Reason.ERROR, f"{asked.HOST_CONFIG}: no lockdown mode in it")


def _find_settings(found: Found) -> None:
    part = found.dump("setting", asked.SETTINGS)
    if part is None:
        return
    options = options_of(part)
    if not options:
        found.gap("setting", Reason.ERROR, f"{asked.SETTINGS}: nothing in it")
        return
    for key, value in options.items():
        secret = _SECRET.search(key) and value
        found.add("setting", key, {"value": _HIDDEN if secret else value})
    found.whole.add("setting")


def _find_firewall(found: Found) -> None:
    general = found.rows("firewall", asked.FIREWALL, "defaultaction", "enabled", some=True)
    if general:
        row = general[0]
        found.add("firewall", "firewall", {"default_action": row["defaultaction"], "enabled": row["enabled"]})
        found.whole.add("firewall")
    sets = found.rows("firewall_rule", asked.RULE_SETS, "name", "enabled", some=True)
    allowed = found.rows("firewall_rule", asked.ALLOWED, "ruleset", "allowedipaddresses")
    if sets is None or allowed is None:
        return
    sources: dict[str, list[str]] = {}
    for row in allowed:
        sources.setdefault(row["ruleset"], []).append(row["allowedipaddresses"])
    for row in sets:
        sets_sources = ", ".join(sources.get(row["name"], ()))
        found.add("firewall_rule", row["name"], {"enabled": row["enabled"], "allowed": sets_sources})
    found.whole.add("firewall_rule")


def _find_keys(found: Found) -> None:
    """Keys that log in over SSH: they are kept by account in /etc/ssh, not in home folders."""
    folder = found.facts.answer(Question(Ask.DIRECTORY, asked.KEY_FOLDER))
    if folder.state is not State.OK:
        found.gap("authorized_key", reason_of(folder), f"{asked.KEY_FOLDER}: {said_of(folder)}")
        return
    before = len(found.failures)
    for user, path in asked.key_files(found.facts):
        answer = found.facts.answer(Question(Ask.FILE, path))
        if answer.state not in {State.OK, State.MISSING}:
            found.gap("authorized_key", reason_of(answer), f"{path}: {said_of(answer)}")
        for line in answer.content.split("\n"):
            if line.strip() and not line.lstrip().startswith("#"):
                _add_key(found, user, line)
    if len(found.failures) == before:
        found.whole.add("authorized_key")


def _add_key(found: Found, user: str, line: str) -> None:
    words = line.split()
    at = next((at for at, word in enumerate(words) if _KEY_TYPE.fullmatch(word)), None)
    try:
        blob = b64decode(words[at + 1], validate=True) if at is not None and at + 1 < len(words) else b""
    except (binascii.Error, ValueError):
        blob = b""
    if at is None or not blob:
        digest = sha256(line.encode("latin-1", "replace")).hexdigest()
        found.add("authorized_key", f"{user} unreadable {digest[:16]}", {"user": user})
        return
    print_ = b64encode(sha256(blob).digest()).decode().rstrip("=")
    fields = {"user": user, "type": words[at], "options": " ".join(words[:at]), "comment": " ".join(words[at + 2 :])}
    found.add("authorized_key", f"{user} SHA256:{print_}", fields)


def _find_certificates(found: Found) -> None:
    before = len(found.failures)
    for what, path in asked.CERTIFICATES.items():
        answer = found.facts.answer(Question(Ask.FILE, path))
        if answer.state not in {State.OK, State.MISSING}:
            found.gap("certificate", reason_of(answer), f"{path}: {said_of(answer)}")
            continue
        texts = [match[0] for match in _PEM.finditer(answer.content)]
        if len(texts) > _MOST_CERTIFICATES:
            found.gap("certificate", Reason.LIMIT, f"{path}: more than {_MOST_CERTIFICATES} certificates")
        if answer.content.strip() and not texts:
            found.gap("certificate", Reason.ERROR, f"{path}: no certificate in it")
        for number, text in enumerate(texts[:_MOST_CERTIFICATES]):
            _add_certificate(found, what, path, text, number)
    if len(found.failures) == before:
        found.whole.add("certificate")


def _add_certificate(found: Found, what: str, path: str, text: str, number: int) -> None:
    """The host's own by its place, as it is renewed; those that it trusts by what they are."""
    try:
        certificate = x509.load_pem_x509_certificate(text.encode("ascii"))
        digest = certificate.fingerprint(SHA256()).hex()
        fields = {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "until": certificate.not_valid_after_utc.isoformat(),
            "sha256": digest,
        }
    except ValueError as error:
        found.gap("certificate", Reason.ERROR, f"{path}: {error}")
        return
    latin = {name: value.encode("utf-8", "surrogateescape").decode("latin-1") for name, value in fields.items()}
    key = f"{what} {number + 1}" if what == "host" else f"{what} {digest[:32]}"
    found.add("certificate", key, latin)
