"""Options that several commands share, under Ansible's names where Ansible has them."""

from __future__ import annotations

from click import Choice, Context, IntRange, Option, Parameter

INVENTORY = (
    Option(
        ["-i", "--inventory", "sources"],
        multiple=True,
        metavar="PATH",
        help="Inventory file, folder, script or 'a,b,' list; repeatable. [default: inventories/]",
    ),
    Option(
        ["-l", "--limit"],
        envvar="OSPATROL_LIMIT",
        metavar="PATTERN",
        help="Only hosts that match, such as 'web:&prod:!db1' or @file.",
    ),
    Option(["--vault-password-file"], metavar="FILE", help="Ansible-Vault password, or a script that prints it."),
    Option(["--vault-id", "vault_ids"], multiple=True, metavar="LABEL@SOURCE", help="Password of one vault label."),
)

EXTRA_VARS = (
    Option(["-e", "--extra-vars", "extra_vars"], multiple=True, metavar="KEY=VALUE", help="Wins over all other vars."),
)

CONNECTION = (
    Option(["-u", "--user"], envvar="OSPATROL_USER", metavar="NAME", help="Log in as this user."),
    Option(["--private-key"], envvar="OSPATROL_PRIVATE_KEY", metavar="FILE", help="Private key to log in with."),
    Option(["-k", "--ask-pass"], is_flag=True, help="Ask for the login password."),
    Option(["-b", "--become"], is_flag=True, help="Elevate, with sudo unless --become-method says otherwise."),
    Option(["--become-method"], type=Choice(["sudo", "su", "doas"]), help="How to elevate."),
    Option(["--become-user"], metavar="NAME", help="Whom to become. [default: root]"),
    Option(["-K", "--ask-become-pass"], is_flag=True, help="Ask for the elevation password."),
    Option(["--become-password-file"], metavar="FILE", help="File that holds the elevation password."),
    Option(["--accept-new"], is_flag=True, envvar="OSPATROL_ACCEPT_NEW", help="Pin the keys of unknown hosts."),
)

PACE = (
    Option(["-f", "--forks"], type=IntRange(1, 10_000), metavar="N", help="How many hosts at once. [default: 32]"),
    Option(["-T", "--timeout"], type=float, metavar="SECONDS", help="For connection and login. [default: 15]"),
    Option(["--host-timeout"], type=float, metavar="SECONDS", help="For everything on one host. [default: 900]"),
)

OUTPUT = (
    Option(
        ["-o", "--output", "outputs"],
        multiple=True,
        metavar="FORMAT[:FILE]",
        help="table, text, json, jsonl, csv, junit, sarif, ocsf, cklb or html; repeatable. "
        "[default: table on a terminal, else text]",
    ),
    Option(["--json", "as_json"], is_flag=True, help="The same as -o json."),
    Option(
        ["-q", "--quiet"],
        is_flag=True,
        envvar="OSPATROL_QUIET",
        help="Print nothing when all is well and nothing awaits approval.",
    ),
    Option(
        ["--fail-on"], type=IntRange(0, 16), metavar="LEVEL", help="Lowest level that ends with status 3. [default: 5]"
    ),
    Option(["--exit-zero"], is_flag=True, help="Findings do not change the exit status; what was not assessed does."),
    Option(["--waivers"], metavar="FILE", help="Waivers. [default: waivers.yml, if there is one]"),
)

VERBOSE = (Option(["-v", "--verbose"], count=True, help="Log to stderr; twice for details."),)


def _chosen(context: Context, _option: Parameter, output: str) -> None:
    if output == "json":
        context.params["as_json"] = True


# one value of two options: --json is read first, and what -o says is added to it
AS_JSON = (
    Option(
        ["-o", "--output"], type=Choice(["text", "json"]), default="text", expose_value=False, callback=_chosen,
        help="How to print it. [default: text]",
    ),
    Option(["--json", "as_json"], is_flag=True, is_eager=True, help="The same as -o json."),
)  # fmt: skip

RULESETS = (
    Option(
        ["--ruleset", "rulesets"],
        multiple=True,
        envvar="OSPATROL_RULESET",
        metavar="DIR",
        help="OSSEC or Wazuh content: rules/, decoders/ or decoder.xml, lists/; repeatable. [default: OSPatrol's own]",
    ),
    Option(
        ["--dialect"],
        type=Choice(["ossec", "wazuh"]),
        envvar="OSPATROL_DIALECT",
        help="Whose content it is. [default: OSSEC's if there is a decoder.xml]",
    ),
    Option(
        ["--lenient"],
        is_flag=True,
        envvar="OSPATROL_LENIENT",
        help="Leave out what the original refuses to start with.",
    ),
    Option(["-v", "--verbose"], count=True, help="List what is told by number otherwise."),
)

WORKERS = (
    Option(
        ["--workers"],
        type=IntRange(1, 256),
        default=1,
        show_default=True,
        envvar="OSPATROL_WORKERS",
        metavar="N",
        help="Processes that share the work.",
    ),
)

POLICIES = (
    Option(
        ["--policy", "policies"],
        multiple=True,
        envvar="OSPATROL_POLICY",
        metavar="POLICY",
        help="Policy id or file; repeatable. [default: auto, all that ship and apply]",
    ),
)

POLICY_OUTPUT = (
    Option(
        ["-o", "--output", "outputs"],
        multiple=True,
        metavar="FORMAT[:FILE]",
        help="table, json, jsonl, csv, junit, sarif, ocsf, cklb or html; repeatable. [default: table]",
    ),
    Option(["--json", "as_json"], is_flag=True, help="The same as -o json."),
    Option(["-q", "--quiet"], is_flag=True, envvar="OSPATROL_QUIET", help="Print nothing when all is well."),
    Option(["--exit-zero"], is_flag=True, help="Findings do not change the exit status; what was not assessed does."),
    Option(["--waivers"], metavar="FILE", help="Waivers. [default: waivers.yml, if there is one]"),
)
