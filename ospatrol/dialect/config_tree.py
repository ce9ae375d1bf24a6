"""Configurations of devices become trees, whatever they are written in; nothing that they hold is refused."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.config_braces import read_braces
from ospatrol.dialect.config_fortinet import read_fortinet
from ospatrol.dialect.config_indent import read_indent
from ospatrol.dialect.config_lines import bounded_lines
from ospatrol.dialect.config_routeros import read_routeros
from ospatrol.dialect.config_set import read_set
from ospatrol.model.config import Config, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ospatrol.model.config import Block

STYLES: Mapping[str, Style] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("cisco_ios", "cisco_xe", "cisco_iosxe", "cisco_xr", "cisco_iosxr", "cisco_nxos", "cisco_asa"),
                *("cisco_pix", "cisco_fwsm", "arista_eos", "hp_procurve", "aruba_procurve", "aruba_os", "aruba_aoscx"),
                *("frr", "huawei", "huawei_vrp", "hp_comware", "huawei_or_comware", "brocade_fastiron"),
                *("ruckus_fastiron", "dell_os10", "cumulus_frr"),
            ),
            Style.INDENT,
        ),
        **dict.fromkeys(("juniper_screenos", "checkpoint_gaia", "juniper_junos_set"), Style.SET),
        **dict.fromkeys(("fortinet", "fortinet_fortios"), Style.FORTINET),
        **dict.fromkeys(("mikrotik_routeros", "mikrotik_switchos"), Style.ROUTEROS),
    }
)
"""Platforms that write in one way; of `juniper_junos`, `vyos`, `paloalto_panos` and those not known the text tells."""

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ios": "cisco_ios",
        "iosxe": "cisco_xe",
        "cisco_iosxe": "cisco_xe",
        "iosxr": "cisco_xr",
        "nxos": "cisco_nxos",
        "cisco_iosxr": "cisco_xr",
        "asa": "cisco_asa",
        "fwsm": "cisco_fwsm",
        "pix": "cisco_pix",
        "junos": "juniper_junos",
        "juniper": "juniper_junos",
        "juniper_junos_set": "juniper_junos",
        "screenos": "juniper_screenos",
        "netscreen": "juniper_screenos",
        "gaia": "checkpoint_gaia",
        "gaia_expert": "checkpoint_gaia",
        "checkpoint_gaia_expert": "checkpoint_gaia",
        "fortios": "fortinet",
        "fortinet_fortios": "fortinet",
        "panos": "paloalto_panos",
        "eos": "arista_eos",
        "procurve": "hp_procurve",
        "aruba_procurve": "hp_procurve",
        "aoscx": "aruba_aoscx",
        "routeros": "mikrotik_routeros",
    }
)
"""Other names of platforms to the one that policies use."""


def platform_named(name: str) -> str:
    """The one name of a platform, by any of its names."""
    return NAMES.get(name, name)


_READERS: Mapping[Style, Callable[[Sequence[str]], list[Block]]] = {
    Style.INDENT: read_indent,
    Style.BRACES: read_braces,
    Style.SET: read_set,
    Style.FORTINET: read_fortinet,
    Style.ROUTEROS: read_routeros,
}
_LOOKED_AT = 200  # lines that tell a style
_SET = re.compile(r"(?:un)?set +\S|delete +\S|add +\S|deactivate +\S", re.ASCII)
_FORTINET = re.compile(r"config +\S|edit +\S|next$|end$", re.ASCII)


def read_config(text: str, style: Style) -> Config:
    """A configuration as a tree; never raises, and takes time that grows with the text alone.

    At most a million lines are read, and 8192 characters of each; `Config.cut` says that there was more.
    """
    lines, cut = bounded_lines(text)
    return Config(style=style, blocks=tuple(_READERS[style](lines)), lines=len(lines), cut=cut)


def parse_config(text: str, platform: str) -> Config:
    """The same in the style of a platform, such as `cisco_ios`."""
    return read_config(text, style_of(platform, text))


def style_of(platform: str, text: str) -> Style:
    """How a text of a platform is written; where the platform does not say, what most of its first lines look like."""
    known = STYLES.get(platform) or STYLES.get(platform_named(platform))
    if known is not None:
        return known
    lines = [line.strip() for line in text[: _LOOKED_AT * 200].splitlines()[:_LOOKED_AT]]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith("/") and not first.startswith("/*"):
        return Style.ROUTEROS
    votes = {
        Style.SET: sum(_SET.match(line) is not None for line in lines),
        Style.BRACES: sum(line.endswith(("{", ";", "}")) for line in lines),
    }
    fortinet = sum(_FORTINET.match(line) is not None for line in lines)
    if fortinet and fortinet * 5 >= votes[Style.SET] and not votes[Style.BRACES]:
        return Style.FORTINET
    best = max(votes, key=votes.__getitem__)
    return best if votes[best] else Style.INDENT


def as_text(config: Config) -> str:
    """A tree as lines of which each level is indented by one blank; for people and for comparison."""
    shown: list[str] = []
    waiting = [(block, 0) for block in reversed(config.blocks)]
    while waiting:
        block, depth = waiting.pop()
        shown.append(" " * depth + block.text)
        shown.extend(block.body)
        waiting.extend((child, depth + 1) for child in reversed(block.children))
    return "".join(f"{line}\n" for line in shown)


def without_lines(config: Config, dropped: Callable[[str], bool]) -> Config:
    """A tree without the blocks, children and all, whose text is of no interest."""
    return msgspec.structs.replace(config, blocks=_kept(config.blocks, dropped))


def _kept(blocks: tuple[Block, ...], dropped: Callable[[str], bool]) -> tuple[Block, ...]:
    return tuple(
        msgspec.structs.replace(block, children=_kept(block.children, dropped)) if block.children else block
        for block in blocks
        if not dropped(block.text)
    )
