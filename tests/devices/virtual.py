"""Virtual systems of simulated devices: how a command line goes from one to another, as manuals and sessions say."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Inside:
    """A device's virtual systems, and what is wrong with them.

    Attributes:
        home: The configuration of where they are listed.
        configs: Theirs, by name.
        lands: In which logins land; where they are listed otherwise.
        listed: Names that are listed besides; they are not there.
        vanished: Names that are listed, and gone once they are to be entered.
        removes: A name, and which other one is removed once it was entered.
        swapped: A name, and into which other its command leads.
        mute: Whether prompts do not name them.
        traps: Those that cannot be left.
        asks: Whether leaving one asks if changes are to be saved.
        silent: Those in which no prompt comes, and commands after which none does.
        confined: Whether the login may not change contexts.
        floods: Those that greet without end.
        created, saved: What no scan may bring about.
    """

    home: str = ""
    configs: dict[str, str] = field(default_factory=dict)
    lands: str = ""
    listed: list[str] = field(default_factory=list)
    vanished: set[str] = field(default_factory=set)
    removes: dict[str, str] = field(default_factory=dict)
    swapped: dict[str, str] = field(default_factory=dict)
    mute: bool = False
    traps: set[str] = field(default_factory=set)
    asks: bool = False
    silent: set[str] = field(default_factory=set)
    confined: bool = False
    floods: set[str] = field(default_factory=set)
    created: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    lists_nothing: bool = False

    @property
    def names(self) -> list[str]:
        return [*self.configs, *self.listed]


class CommandLine:
    """One login on such a device; a platform's is a subclass."""

    startup = ""

    def __init__(self, inside: Inside) -> None:
        self.inside = inside
        self.at = inside.lands
        self.paged_anew = False
        self.question = ""

    @property
    def config(self) -> str:
        return self.inside.configs.get(self.at, "") if self.at else self.inside.home

    def prompt(self, host: str) -> str:
        raise NotImplementedError

    def command(self, line: str) -> str | None:
        """What is printed; None if it is no command about virtual systems."""
        raise NotImplementedError

    def answered(self, line: str) -> str:
        """What is printed once a question was answered."""
        self.question = ""
        if not line.strip().lower().startswith("n"):
            self.inside.saved.append(self.at)
        self.at = ""
        return ""

    def enter(self, name: str, missing: str) -> str:
        if name in self.inside.vanished or name not in self.inside.configs:
            return missing
        self.at = self.inside.swapped.get(name, name)
        return ""

    def leave(self) -> str:
        if self.at not in self.inside.traps:
            self.at = ""
        return ""

    def named(self) -> str:
        return "" if self.inside.mute else self.at


class Asa(CommandLine):
    """Multiple context mode; the pager is each context's own."""

    def prompt(self, host: str) -> str:
        return f"{host}/{self.named()}# " if self.named() else f"{host}# "

    def command(self, line: str) -> str | None:
        word, _, name = line.rpartition(" ")
        if line == "show mode":
            return "Security context mode: multiple\n"
        if self.inside.confined and word.startswith("changeto"):
            return "" if self.inside.mute else "ERROR: Command not valid in current execution space\n"
        if line == "changeto system":
            self.leave()
            return ""
        if word == "changeto context":
            self.paged_anew = True
            return self.enter(name, f"ERROR: Context {name} does not exist\n")
        return self._shown(line)

    def _shown(self, line: str) -> str | None:
        inside = self.inside
        if line == "show running-config | include admin-context":
            return "" if self.at else "admin-context admin\n"
        if line != "show context":
            return None
        if inside.lists_nothing:
            return "ERROR: Command not valid in current execution space\n"
        rows = [
            f"{'*' if name == 'admin' else ' '}{name:<17}default    Ethernet0/{at},  Routed       disk0:/{name}.cfg\n"
            f"                             Ethernet1/{at}\n"
            for at, name in enumerate(inside.names)
        ]
        head = "Context Name      Class      Interfaces           Mode         URL\n"
        return f"{head}{''.join(rows)}Total active Security Contexts: {len(rows)}\n"


class FortiOs(CommandLine):
    """Virtual domains: `edit` makes one that is not there."""

    def __init__(self, inside: Inside) -> None:
        super().__init__(inside)
        self.listing = False

    def prompt(self, host: str) -> str:
        within = "vdom" if self.listing else self.named()
        return f"{host} ({within}) # " if within else f"{host} # "

    @property
    def config(self) -> str:
        if self.at:
            return super().config
        return f"#config-version=FG5H1E-7.4.8-FW-build2795:opmode=0:vdom=1\n{self._list()}{self.inside.home}"

    def _list(self) -> str:
        return "config vdom\n" + "".join(f"edit {name}\nnext\n" for name in self.inside.names) + "end\n"

    def command(self, line: str) -> str | None:
        inside, (word, _, name) = self.inside, line.rpartition(" ")
        if line == "get system status":
            return "Version: FortiGate-501E v7.4.8,build2795\nVirtual domain configuration: multiple\n"
        if line == "config vdom":
            self.listing = True
            return ""
        if line == "end":
            self.listing = False
            return self.leave()
        if self.listing and line == "show":
            present = [name for name in inside.names if name not in inside.vanished]
            return "config vdom\n" + "".join(f"edit {name}\nnext\n" for name in present) + "end\n"
        if self.listing and word == "edit":
            if name in inside.vanished or name not in inside.configs:
                inside.created.append(name)
            self.listing = False
            self.at = inside.swapped.get(name, name)
            inside.vanished = inside.vanished | ({inside.removes[name]} if name in inside.removes else set())
            return f"current vf={self.at}:{len(self.at)}\n"
        return self.config if line == "show | grep ." else None


class ScreenOs(CommandLine):
    """Virtual systems; `exit` leads out of one, and logs out where there is none."""

    def prompt(self, host: str) -> str:
        return f"{host}({self.named()})-> " if self.named() else f"{host}-> "

    def command(self, line: str) -> str | None:
        word, _, name = line.rpartition(" ")
        if line == "get vsys":
            head = " Id  Name                 Interface  Vsys Policies\n"
            return head + "".join(
                f"{at:3}  {name:<20} eth1/{at}     0\n" for at, name in enumerate(["Root", *self.inside.names])
            )
        if word == "enter vsys":
            return self.enter(name, f"vsys {name} not found\n")
        if line == "exit" and self.at:
            if self.inside.asks:
                self.question = "Configuration modified, save? [y]/n "
                return ""
            return self.leave()
        return None


class PanOs(CommandLine):
    """The session's target; the running configuration is that of all."""

    @property
    def config(self) -> str:
        return self.inside.home

    def prompt(self, host: str) -> str:
        return f"oper@{host}-{self.named()}> " if self.named() else f"oper@{host}> "

    def command(self, line: str) -> str | None:
        word, _, name = line.rpartition(" ")
        if line == "show system info":
            return "hostname: pan\nmulti-vsys: on\n"
        if line == "show system setting target-vsys":
            return f"{self.at or 'none'}\n"
        if line == "show running security-policy" and self.at:
            return self.inside.configs[self.at]
        if line == "set system setting target-vsys none":
            self.leave()
            return f"Session target vsys changed to {self.at or 'none'}\n"
        if word == "set system setting target-vsys":
            missing = self.enter(name, f"Server error : {name} is not a valid vsys\n")
            return missing or f"Session target vsys changed to {self.at}\n"
        return None


class JunOs(CommandLine):
    """Logical systems."""

    def prompt(self, host: str) -> str:
        return f"oper@{host}:{self.named()}> " if self.named() else f"oper@{host}> "

    def command(self, line: str) -> str | None:
        word, _, name = line.rpartition(" ")
        if line == "show configuration logical-systems":
            return "".join(f"{name} {{\n    interfaces;\n}}\n" for name in self.inside.names)
        if line == "clear cli logical-system":
            self.leave()
            return "Cleared default logical system\n"
        if word == "set cli logical-system":
            return self.enter(name, f"error: logical system {name} is unknown\n") or f"Logical system: {self.at}\n"
        return None


class NxOs(CommandLine):
    """Virtual device contexts; one that is entered greets, and pages."""

    def prompt(self, host: str) -> str:
        return f"{host}-{self.named()}# " if self.named() else f"{host}# "

    def command(self, line: str) -> str | None:
        names, (word, _, name) = self.inside.names, line.rpartition(" ")
        if line == "show vdc":
            head = "\nSwitchwide mode is m1 f1 m1xl f2 m2xl f2e f3\n\nvdc_id  vdc_name    state   mac  type  lc\n"
            return f"{head}------  --------    -----   ---  ----  --\n" + "".join(
                f"{at}       {name:<11} active  8c:60:4f:75:53:4{at}  Ethernet    f2e f3\n"
                for at, name in enumerate(["n7k", *names], 1)
            )
        if line == "show vdc current-vdc":
            return f"Current vdc is {names.index(self.at) + 2} - {self.at}\n" if self.at else "Current vdc is 1 - n7k\n"
        if line == "switchback":
            return self.leave()
        if word == "switchto vdc":
            self.paged_anew = True
            greeting = "Cisco Nexus Operating System (NX-OS) Software\nTAC support: http://www.cisco.com/tac\n"
            return self.enter(name, f"ERROR: VDC {name} does not exist\n") or greeting
        return None


class Gaia(CommandLine):
    """VSX: virtual systems by their numbers, always in the prompt."""

    def prompt(self, host: str) -> str:
        return f"{host}:{self.named() or '0'}> "

    def command(self, line: str) -> str | None:
        word, _, name = line.rpartition(" ")
        if line == "show virtual-system all":
            rows = "".join(f"{name}           gw_VS{name}\n" for name in self.inside.names)
            return f"Virtual systems list\nVS ID       VS NAME\n0           0\n{rows}"
        if line == "set virtual-system 0":
            return self.leave()
        if word == "set virtual-system":
            missing = f"CLICMD0230  Virtual system {name} does not exist.\n"
            return self.enter(name, missing) or f"Context is set to vsid {self.at}\n"
        return None


class GaiaExpert(CommandLine):
    """The expert's shell, from which only lists are read."""

    def prompt(self, host: str) -> str:
        return f"[Expert@{host}:0]# "

    def command(self, line: str) -> str | None:
        return Gaia(self.inside).command("show virtual-system all") if line.endswith('virtual-system all"') else None


COMMAND_LINES: dict[str, type[CommandLine]] = {
    "asa": Asa,
    "fortios": FortiOs,
    "screenos": ScreenOs,
    "panos": PanOs,
    "junos": JunOs,
    "nxos": NxOs,
    "gaia": Gaia,
    "gaia_expert": GaiaExpert,
}
