"""What findings say, and of what."""

from __future__ import annotations

import pytest

from ospatrol.comply.rootkit import Kind, Standing, judge_rootkits, suspects
from ospatrol.comply.rootkit_facts import (
    Interface,
    Look,
    Oddity,
    Port,
    PortViews,
    Process,
    ProcessViews,
    RootkitFacts,
)
from ospatrol.comply.rootkit_signatures import Signatures
from ospatrol.dialect.rootkit import read_rootkit_files, read_trojans
from ospatrol.model.packages import PackagedFile

NONE = frozenset[int]()
NOBODY = frozenset[Process]()


def signatures(files: str = "", trojans: str = "") -> Signatures:
    return Signatures(files=read_rootkit_files(files, "f").files, trojans=read_trojans(trojans, "t").trojans)


def packaged(
    path: bytes, *, recorded: str = "aa", found: str = "aa", config: bool = False
) -> dict[bytes, PackagedFile]:
    file = PackagedFile(path=path, package="core\x1b", algorithm="md5", recorded=recorded, found=found, config=config)
    return {path: file}


@pytest.mark.parametrize(
    ("recorded", "found", "config", "standing", "said"),
    [
        ("aa", "aa", False, Standing.VERIFIED, "likely a false alarm"),
        ("aa", "bb", False, Standing.CONTRADICTS, "it is not what core\\x1b records (md5)"),
        ("aa", "bb", True, Standing.EDITED, "it is not what core\\x1b records (md5)"),
        ("", "", False, Standing.OWNED, "no digest of it can be compared"),
        ("aa", "", False, Standing.OWNED, "no digest of it can be compared"),
    ],
)
def test_a_hit_is_weighed_by_what_the_package_manager_says(recorded, found, config, standing, said):
    facts = RootkitFacts(found=(b"/bin/x",), packages=True)
    files = packaged(b"/bin/x", recorded=recorded, found=found, config=config)

    (finding,) = judge_rootkits(facts, signatures("bin/x ! Old kit ::http://x\n"), files)

    assert (finding.kind, finding.what, finding.standing) == (Kind.FILE, "/bin/x", standing)
    assert (finding.signature, finding.reference, finding.package) == ("Old kit", "http://x", "core\\x1b")
    assert said in finding.because
    assert finding.because.startswith("Old kit leaves such a file; ")


@pytest.mark.parametrize(
    ("packages", "answer", "standing"),
    [(True, {}, Standing.UNOWNED), (True, None, Standing.UNKNOWN), (False, {}, Standing.UNKNOWN)],
)
def test_without_a_word_of_the_package_manager_a_hit_stands(packages, answer, standing):
    facts = RootkitFacts(found=(b"/bin/x",), packages=packages)

    (finding,) = judge_rootkits(facts, signatures("bin/x ! Kit ::\nbin/x ! Other ::\n"), answer)

    assert (finding.standing, finding.signature) == (standing, "Kit, Other")


def test_a_name_is_found_wherever_it_lies():
    facts = RootkitFacts(odd={Oddity.NAME: (b"/srv/\xff/klogd.o",)}, found=(b"/x",))

    findings = judge_rootkits(facts, signatures("*/klogd.o ! Adore ::\n"), None)

    assert [(each.what, each.signature) for each in findings] == [("/srv/\\xff/klogd.o", "Adore"), ("/x", "a rootkit")]
    assert suspects(facts, signatures()) == (b"/x", b"/srv/\xff/klogd.o")


def test_strings_tell_only_of_the_programs_that_a_signature_names():
    facts = RootkitFacts(
        programs={b"/usr/bin/ls": (b"/bin/ls",), b"/usr/bin/cat": (b"/usr/bin/cat",)},
        strings={b"/usr/bin/ls": ("fine", "see /dev/xyz\x07"), b"/usr/bin/cat": ("/dev/xyz",)},
        packages=True,
    )
    signs = signatures(trojans="ls !bash|/dev/[^clu]!\nls !fine! Fine kit\ncat !nothing!\n")

    (finding,) = judge_rootkits(facts, signs, {})

    assert suspects(facts, signs) == (b"/usr/bin/ls",)
    assert (finding.kind, finding.what, finding.standing) == (Kind.PROGRAM, "/usr/bin/ls", Standing.UNOWNED)
    assert finding.because == "it holds 'see /dev/xyz\\x07', 'fine'; no package owns it"
    assert finding.signature == "/bash|/dev/[^clu]/, Fine kit"


def test_many_programs_in_one_file_are_said_to_be_that():
    names = (b"/bin/ls", b"/bin/ps", b"/usr/bin/w")
    facts = RootkitFacts(programs={b"/bin/busybox": names}, strings={b"/bin/busybox": ("bash",)})

    (finding,) = judge_rootkits(facts, signatures(trojans="ls !bash!\nps !bash!\n"), None)

    assert finding.place == "many programs"
    assert "3 programs are this one file" in finding.because


def views(**changes) -> RootkitFacts:
    fields: dict[str, object] = {
        "listed": (frozenset({1, 7}), frozenset({1, 7})),
        "told": (frozenset({1, 7}), frozenset({1, 7})),
        "not_told": (NOBODY, NOBODY),
        "by_number": (NOBODY, NOBODY),
        "by_group": (NOBODY, NOBODY),
    }
    return RootkitFacts(processes=ProcessViews(**(fields | changes)))


ONE, OTHER = frozenset({Process(7, "50")}), frozenset({Process(7, "60")})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"by_number": (ONE, OTHER), "listed": (NONE, NONE)},
        {"by_number": (ONE, NOBODY), "listed": (NONE, NONE)},
        {"by_number": (ONE, ONE)},
        {"by_group": (ONE, ONE), "listed": (NONE, frozenset({7}))},
        {"not_told": (ONE, OTHER), "told": (frozenset({1}), frozenset({1}))},
        {"not_told": (ONE, ONE), "told": (frozenset({1}), frozenset({1, 7}))},
        {"not_told": (ONE, ONE), "told": (frozenset({1}), NONE)},
        {"covered": frozenset({8})},
    ],
)
def test_what_two_turns_do_not_both_show_is_not_hidden(changes):
    assert judge_rootkits(views(**changes), signatures(), None) == ()


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        (
            {"by_number": (ONE, ONE), "listed": (NONE, NONE)},
            "the directory /proc does not list it, and it is there by its number",
        ),
        (
            {"by_group": (ONE, ONE), "listed": (NONE, NONE)},
            "the directory /proc does not list it, and its control group does",
        ),
        ({"not_told": (ONE, ONE), "told": (frozenset({1}), frozenset({1}))}, "/proc lists it, and ps does not"),
        ({"covered": frozenset({7})}, "something is mounted over its directory in /proc"),
    ],
)
def test_what_one_view_lacks_twice_is_hidden(changes, because):
    facts = views(**changes, names={7: b"\x1b[2Jbash"})

    (finding,) = judge_rootkits(facts, signatures(), None)

    assert (finding.kind, finding.what, finding.because) == (Kind.PROCESS, "7 (\\x1b[2Jbash)", because)


def test_ports_that_come_and_go_are_not_hidden():
    ssh, new = Port("tcp", 22), Port("udp", 5353)
    kernel = (frozenset({ssh}), frozenset({ssh, new}), frozenset({ssh, new}))
    ports = PortViews(kernel=kernel, tools={"ss": (frozenset({ssh, new}), frozenset({ssh}))})

    assert judge_rootkits(RootkitFacts(ports=ports), signatures(), None) == ()


def test_a_port_that_one_view_lacks_is_hidden():
    ssh, door, other = Port("tcp", 22), Port("tcp", 4444), Port("udp", 9)
    kernel = frozenset({ssh, door})
    tools = {"ss": (kernel, kernel), "netstat": (frozenset({ssh, other}), frozenset({ssh, other}))}

    findings = judge_rootkits(RootkitFacts(ports=PortViews(kernel=(kernel,) * 3, tools=tools)), signatures(), None)

    assert [(each.what, each.because) for each in findings] == [
        ("4444/tcp", "/proc/net lists it, and netstat does not"),
        ("9/udp", "netstat lists it, and /proc/net does not"),
    ]


@pytest.mark.parametrize(
    ("interface", "place", "because"),
    [
        (Interface(name=b"e", flagged=True, counted=1), "", "its flags in /sys say so; ip counts 1 who want that"),
        (Interface(name=b"e", flagged=True), "", "its flags in /sys say so; ip was not heard"),
        (
            Interface(name=b"e", flagged=True, counted=1, master=b"br\x07"),
            "port of br\\x07",
            "its flags in /sys say so; ip counts 1 who want that; it is a port of br\\x07, which makes it so",
        ),
        (
            Interface(name=b"e", flagged=False, counted=2),
            "views differ",
            "its flags in /sys do not say so; ip counts 2 who want that",
        ),
    ],
)
def test_a_promiscuous_interface_is_said_with_both_views(interface, place, because):
    (finding,) = judge_rootkits(RootkitFacts(interfaces=(interface,)), signatures(), None)

    assert (finding.what, finding.place, finding.because) == ("e", place, because)
    quiet = Interface(name=b"e", flagged=False, counted=0)
    assert judge_rootkits(RootkitFacts(interfaces=(quiet,)), signatures(), None) == ()


def test_odd_files_are_found_in_order_and_where_everybody_writes_they_are_usual():
    facts = RootkitFacts(
        devices=(b"/dev/.x\n",),
        odd={
            Oddity.WRITABLE_FILE: (b"/tmp/x", b"/usr/bin/x", b"/srv/x"),
            Oddity.WRITABLE_DIRECTORY: (b"/srv",),
            Oddity.UNOWNED: (b"/etc/x",),
        },
    )

    findings = judge_rootkits(facts, signatures(), None)

    assert [(each.kind, each.what, each.place) for each in findings] == [
        (Kind.DEVICE, "/dev/.x\\x0a", ""),
        (Kind.WRITABLE_FILE, "/srv/x", ""),
        (Kind.WRITABLE_FILE, "/usr/bin/x", "system"),
        (Kind.WRITABLE_DIRECTORY, "/srv", ""),
        (Kind.UNOWNED, "/etc/x", "system"),
    ]
    assert {each.kind.look for each in findings} == {Look.DEVICES, Look.PERMISSIONS, Look.OWNERS}


def test_a_heap_of_names_is_cut_and_counted():
    files = "".join(f"bin/x ! Kit{number} ::\n" for number in range(9))

    (finding,) = judge_rootkits(RootkitFacts(found=(b"/bin/x",)), signatures(files), None)

    assert finding.signature == "Kit0, Kit1, Kit2, Kit3, Kit4 and 4 more"
