"""What hosts say, as items: output of tools that is not of this machine, and content that was made to deceive."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ospatrol.collect.state import SOURCES, StateScope, read_state
from ospatrol.collect.state_reading import Kind, command, file, folder, user
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.state import NOT_TOLD, HostState

KEY = b"k" * 32
ROOT = {user(): "0\n"}
BLOB = base64.b64encode(b"\0\0\0\x0bssh-ed25519 a key").decode()


def said(content: str | Answer | None, status: int = 0) -> Answer:
    if content is None:
        return Answer(state=State.NOT_FOUND, status=127)
    return content if isinstance(content, Answer) else Answer(state=State.OK, content=content, status=status)


def listing(*paths: str) -> Answer:
    return Answer(state=State.OK, entries=tuple(sorted(paths)))


def read(kind: Kind, answers: dict[Question, str | Answer | None]) -> HostState:
    """What is read of a host that answers so, and has nothing else."""
    facts = Facts(host="web1", at=1.0, answers={})
    told: dict[Question, Answer] = {}
    for _ in range(6):
        for question in SOURCES[kind].asks(facts):
            usual = State.NOT_FOUND if question.ask is Ask.COMMAND else State.MISSING
            told[question] = said(answers[question]) if question in answers else Answer(state=usual)
        facts = Facts(host="web1", at=1.0, answers=dict(told))
    return read_state(facts, StateScope(kinds=(kind,)), key=KEY)


def items(kind: Kind, answers: dict[Question, str | Answer | None]) -> dict[str, dict[str, str]]:
    state = read(kind, answers)
    assert state.failures == ()
    assert state.kinds == (kind.value,)
    return {item.key: dict(item.fields) for item in state.items}


def only(kind: Kind, part: str) -> Question:
    """The one question of a kind that has something in it."""
    (found,) = [each for each in SOURCES[kind].asks(Facts(host="", at=0, answers={})) if part in each.key]
    return found


def test_accounts_and_a_second_line_of_a_name() -> None:
    passwd = "# comment\nroot:x:0:0:root:/root:/bin/sh\nann:x:1000:1000:Ann #1,,:/home/ann:/bin/zsh\n"
    passwd += "root:x:0:0::/:/x\n+::::::\nodd:x\n"

    found = items(Kind.ACCOUNT, {file("/etc/passwd"): passwd})

    assert found["root (2)"] == {"uid": "0", "gid": "0", "home": "/", "shell": "/x"}
    assert found["ann"]["gecos"] == "Ann #1,,"
    assert set(found) == {"root", "ann", "root (2)", "+", "odd"}


def test_groups_have_their_members_in_order() -> None:
    found = items(Kind.GROUP, {file("/etc/group"): "sudo:x:27:zoe,ann\nann:x:1000:\n"})

    assert found == {"sudo": {"gid": "27", "members": "ann,zoe"}, "ann": {"gid": "1000"}}


def test_a_host_without_a_shadow_file_has_passwords_where_all_read_them() -> None:
    passwd = "a::0:0::/:/x\nb:x:1:1::/:/x\nc:$6$salt$hash:2:2::/:/x\n"
    shadow = only(Kind.PASSWORD, "shadow")

    found = items(Kind.PASSWORD, {file("/etc/passwd"): passwd, shadow: said("", 3)})

    assert found == {"a": {"state": "none"}, "b": {"state": "locked"}, "c": {"state": "set, readable by all"}}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said("", 4), Reason.DENIED),
        (said("", 2), Reason.ERROR),
        (Answer(state=State.NOT_FOUND, status=127), Reason.NO_TOOL),
        (Answer(state=State.TIMEOUT), Reason.BUDGET),
    ],
)
def test_a_shadow_file_that_could_not_be_read_is_not_an_empty_one(answer: Answer, reason: Reason) -> None:
    state = read(Kind.PASSWORD, {only(Kind.PASSWORD, "shadow"): answer})

    assert (state.kinds, state.items) == ((), ())
    assert [(failure.what, failure.reason) for failure in state.failures] == [("password", reason)]


def test_keys_wherever_sshd_looks_for_them() -> None:
    answers: dict[Question, str | Answer | None] = {
        file("/etc/passwd"): "root:x:0:0::/root:/bin/sh\nann:x:7:7::/home/ann:/bin/sh\nno:x:8:8::relative:/x\n",
        file("/etc/ssh/sshd_config"): 'Port 22\nAuthorizedKeysFile "/etc/keys/%u" .ssh/mine none\n',
        folder("/etc/ssh/sshd_config.d"): listing("/etc/ssh/sshd_config.d/a.conf", "/etc/ssh/sshd_config.d/b.off"),
        file("/etc/ssh/sshd_config.d/a.conf"): "  authorizedkeysfile=%h/%%x%U\n",
        file("/etc/keys/ann"): f"# comment\n\n ssh-ed25519 {BLOB} ann@home\n",
        file("/home/ann/.ssh/mine"): f'command="ssh-rsa AAAA \\"x\\"",no-pty ssh-ed25519 {BLOB}\n',
        file("/home/ann/%x7"): "ssh-ed25519 AAA=A\nssh-ed25519\nnonsense\n",
        file("/root/.ssh/authorized_keys"): Answer(state=State.OTHER_KIND),
        file("/etc/dropbear/authorized_keys"): f"ssh-ed25519 {BLOB}",
    }

    found = items(Kind.AUTHORIZED_KEY, answers)

    good = sorted((key, each) for key, each in found.items() if "SHA256" in key)
    fingerprint = good[0][0].split()[1]
    assert [key for key, _ in good] == [f"ann {fingerprint}", f"ann {fingerprint} (2)", f"root {fingerprint}"]
    by_path = {each["path"]: each for _, each in good}
    assert by_path["/etc/keys/ann"] == {"path": "/etc/keys/ann", "type": "ssh-ed25519", "comment": "ann@home"}
    assert by_path["/home/ann/.ssh/mine"]["options"] == 'command="ssh-rsa AAAA \\\\"x\\\\"",no-pty'
    assert sum("unreadable line" in key for key in found) == 3


def test_keys_behind_a_closed_door_are_not_assessed() -> None:
    answers: dict[Question, str | Answer | None] = {
        file("/etc/passwd"): "".join(f"u{n}:x:{n}:{n}::/home/u{n}:/bin/sh\n" for n in range(9)),
        **{file(f"/home/u{n}/.ssh/authorized_keys"): Answer(state=State.NO_PERMISSION) for n in range(9)},
    }

    (failure,) = read(Kind.AUTHORIZED_KEY, answers).failures

    assert failure.reason is Reason.DENIED
    assert failure.detail.endswith("/home/u2/.ssh/authorized_keys: no permission; and 6 more")


def test_rules_of_sudo_with_all_that_is_included() -> None:
    answers: dict[Question, str | Answer | None] = {
        file(
            "/etc/sudoers"
        ): "# no\nroot ALL=(ALL) \\\n\tALL\n#includedir /etc/sudoers.d\n@include more\n#1000 ALL=ALL\n",
        folder("/etc/sudoers.d"): listing(
            "/etc/sudoers.d/a", "/etc/sudoers.d/b.off", "/etc/sudoers.d/c~", "/etc/sudoers.d/d/e"
        ),
        file("/etc/sudoers.d/a"): "ann ALL=(ALL) NOPASSWD: ALL\n",
        file("/etc/sudoers.d/b.off"): "bob ALL=(ALL) ALL\n",
        file("/etc/more"): '@includedir "/etc/deep"\n@include /etc/sudoers\n',
        folder("/etc/deep"): listing("/etc/deep/z"),
        file("/etc/deep/z"): "zoe ALL=ALL\n",
        file("/etc/doas.conf"): "permit nopass ann as root\n",
    }

    found = items(Kind.SUDO_RULE, answers)

    assert found == {
        "/etc/sudoers: root ALL=(ALL) ALL": {},
        "/etc/sudoers: #includedir /etc/sudoers.d": {},
        "/etc/sudoers: @include more": {},
        "/etc/sudoers: #1000 ALL=ALL": {},
        "/etc/sudoers.d/a: ann ALL=(ALL) NOPASSWD: ALL": {"nopasswd": "yes"},
        '/etc/more: @includedir "/etc/deep"': {},
        "/etc/more: @include /etc/sudoers": {},
        "/etc/deep/z: zoe ALL=ALL": {},
        "/etc/doas.conf: permit nopass ann as root": {"nopasswd": "yes"},
    }


def test_more_files_than_anybody_has_are_said_to_be_too_many() -> None:
    people = "".join(f"u{n}:x:{n}:{n}::/home/u{n}:/bin/sh\n" for n in range(5001))
    included = "".join(f"@include /etc/x{n}\n" for n in range(600))

    keys = read(Kind.AUTHORIZED_KEY, {file("/etc/passwd"): people})
    rules = read(Kind.SUDO_RULE, {file("/etc/sudoers"): included})

    assert [each.reason for each in (*keys.failures, *rules.failures)] == [Reason.LIMIT, Reason.LIMIT]


def test_a_key_whose_end_is_missing_is_an_unreadable_line() -> None:
    answers: dict[Question, str | Answer | None] = {
        file("/etc/passwd"): "ann:x:7:7::/home/ann:/bin/sh\n",
        file("/home/ann/.ssh/authorized_keys"): "ssh-ed25519 AAAAC\n",
    }

    assert [key[:19] for key in items(Kind.AUTHORIZED_KEY, answers)] == ["ann unreadable line"]


def test_jobs_of_the_system_of_users_and_of_folders_without_their_secrets() -> None:
    answers: dict[Question, str | Answer | None] = {
        file(
            "/etc/crontab"
        ): "SHELL=/bin/sh\nAPI_TOKEN=abcdefgh12345678\n17 *\t* * *\troot\tcd / && run-parts x\n@reboot root /x\n",
        file("/etc/anacrontab"): "1 5 daily run-parts /etc/cron.daily\n",
        folder("/etc/cron.d"): listing("/etc/cron.d/a", "/etc/cron.d/.placeholder", "/etc/cron.d/sub/b"),
        file("/etc/cron.d/a"): "* * * * * www curl -u bob:hunter22secret https://x\n",
        folder("/var/spool/cron"): listing(
            "/var/spool/cron/crontabs/ann", "/var/spool/cron/atjobs/.SEQ", "/var/spool/cron/bob"
        ),
        file("/var/spool/cron/crontabs/ann"): "@daily /home/ann/x\n# comment\nodd\n",
        file("/var/spool/cron/bob"): "1 2 3 4 5 run  it\n",
        folder("/etc/cron.daily"): listing("/etc/cron.daily/apt", "/etc/cron.daily/.placeholder"),
    }

    found = items(Kind.CRON_JOB, answers)

    assert found["/etc/crontab: SHELL"] == {"value": "/bin/sh"}
    assert found["/etc/crontab: API_TOKEN"]["value"].startswith("<secret:")
    assert found["/etc/crontab: 17 * * * * root cd / && run-parts x"] == {
        "schedule": "17 * * * *",
        "user": "root",
        "command": "cd / && run-parts x",
    }
    assert found["/etc/crontab: @reboot root /x"] == {"schedule": "@reboot", "user": "root", "command": "/x"}
    assert found["/etc/anacrontab: 1 5 daily run-parts /etc/cron.daily"]["command"] == "run-parts /etc/cron.daily"
    assert found["/var/spool/cron/crontabs/ann: @daily /home/ann/x"]["user"] == "ann"
    assert found["/var/spool/cron/bob: 1 2 3 4 5 run it"] == {
        "schedule": "1 2 3 4 5",
        "user": "bob",
        "command": "run  it",
    }
    assert found["/etc/cron.daily/apt"] == {"schedule": "daily", "user": "root"}
    assert "hunter22secret" not in repr(found)
    assert not [key for key in found if "placeholder" in key or "sub" in key or "SEQ" in key]


UNIT_FILES = """\
cron.service            enabled         enabled
apt-daily.service       static          -
getty@.service          enabled         enabled
ssh.service             disabled        enabled
hostnamed.service       disabled        enabled
oneshot.service         enabled         enabled
boot.service            enabled-runtime enabled
run-r1.service          transient       -
daily.timer             enabled         enabled
"""
LOADED = """\
Id=cron.service
Type=simple
ActiveState=active
UnitFileState=enabled

Type=oneshot
ActiveState=activating
UnitFileState=static
Id=apt-daily.service

Id=getty@tty1.service
Type=idle
ActiveState=active
UnitFileState=enabled

Id=user@1000.service
Type=notify
ActiveState=active
UnitFileState=static

Id=ssh.service
Type=notify
TriggeredBy=ssh.socket
ActiveState=active
UnitFileState=disabled

Id=hostnamed.service
Type=dbus
ActiveState=active

Id=oneshot.service
Type=oneshot
ActiveState=active

Id=boot.service
Type=simple
ActiveState=reloading

Id=daily.timer
ActiveState=failed
"""


def test_units_with_what_does_not_move_by_itself() -> None:
    answers: dict[Question, str | Answer | None] = {
        only(Kind.UNIT, "list-unit-files"): UNIT_FILES,
        only(Kind.UNIT, "systemctl show"): LOADED,
    }

    found = items(Kind.UNIT, answers)

    assert found == {
        "cron.service": {"enabled": "enabled", "active": "active"},
        "apt-daily.service": {"enabled": "static"},
        "getty@.service": {"enabled": "enabled"},
        "getty@tty1.service": {"enabled": "enabled", "active": "active"},
        "ssh.service": {"enabled": "disabled"},
        "hostnamed.service": {"enabled": "disabled"},
        "oneshot.service": {"enabled": "enabled"},
        "boot.service": {"enabled": "enabled", "active": "active"},
        "daily.timer": {"enabled": "enabled", "active": "failed"},
    }


def test_units_where_systemd_cannot_be_asked() -> None:
    files, loaded = only(Kind.UNIT, "list-unit-files"), only(Kind.UNIT, "systemctl show")
    booted = said("System has not been booted with systemd as init system (PID 1). Can't operate.\n", 1)

    container = items(Kind.UNIT, {files: "cron.service enabled enabled\n", loaded: booted})
    broken = read(Kind.UNIT, {files: "cron.service enabled enabled\n", loaded: said("Access denied\n", 1)})
    unlisted = read(Kind.UNIT, {files: said("Access denied\n", 1)})
    late = read(Kind.UNIT, {files: Answer(state=State.TIMEOUT)})

    assert container == {"cron.service": {"enabled": "enabled"}}
    assert [each.detail for each in broken.failures] == ["systemctl: Access denied"]
    assert [each.detail for each in unlisted.failures] == ["systemctl: Access denied"]
    assert [each.reason for each in late.failures] == [Reason.BUDGET]


def test_what_starts_by_itself_without_systemd() -> None:
    answers: dict[Question, str | Answer | None] = {
        folder("/etc/rc2.d"): listing("/etc/rc2.d/S01cron", "/etc/rc2.d/K01off", "/etc/rc2.d/README"),
        folder("/etc/rc3.d"): listing("/etc/rc3.d/S02cron"),
        folder("/etc/runlevels"): listing("/etc/runlevels/default/sshd"),
        file("/etc/inittab"): "# comment\n::respawn:/sbin/getty 38400\ttty1\n",
        file("/etc/rc.local"): "#!/bin/sh\nnc -l 4444\n",
        file("/etc/rc.conf"): 'sshd_enable="YES"\nnot a setting\n',
    }

    assert items(Kind.UNIT, answers) == {
        "sysv cron": {"runlevels": "23"},
        "openrc sshd": {"runlevel": "default"},
        "/etc/inittab: ::respawn:/sbin/getty 38400 tty1": {},
        "/etc/rc.local: nc -l 4444": {},
        "/etc/rc.conf: sshd_enable": {"value": '"YES"'},
    }


SS = """\
tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=812,fd=3),("systemd",pid=1,fd=44))
tcp   LISTEN 0      128             [::]:25           [::]:*    users:(("smtpd",pid=9000,fd=6),("master",pid=700,fd=13))
udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=5,fd=1))
udp   UNCONN 0      0            0.0.0.0:40001     0.0.0.0:*    users:(("b",pid=5,fd=1))
udp   UNCONN 0      0            0.0.0.0:40002     0.0.0.0:*    users:(("a",pid=6,fd=1))
udp   UNCONN 0      0            0.0.0.0:111       0.0.0.0:*
tcp   LISTEN 0      128        127.0.0.1:6010      0.0.0.0:*    users:(("sshd-session",pid=9,fd=3))
tcp   LISTEN 0      128                *:8080            *:*    users:(("\\?",pid=9,fd=3))
nonsense
"""


def test_ports_with_their_programs_and_without_what_moves() -> None:
    answers: dict[Question, str | Answer | None] = {
        **ROOT,
        command("ss -lntupH"): SS,
        file("/proc/sys/net/ipv4/ip_local_port_range"): "32768\t60999\n",
    }

    assert items(Kind.PORT, answers) == {
        "tcp 0.0.0.0:22": {"program": "systemd"},
        "tcp [::]:25": {"program": "master"},
        "udp 127.0.0.53%lo:53": {"program": "systemd-resolve"},
        "udp 0.0.0.0:ephemeral": {"program": "a,b"},
        "udp 0.0.0.0:111": {},
        "tcp *:8080": {"program": "\\\\?"},
    }


def test_programs_that_a_user_may_not_see_are_not_told() -> None:
    found = items(Kind.PORT, {user(): "1000\n", command("ss -lntupH"): "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n"})

    assert found == {"tcp 0.0.0.0:22": {"program": NOT_TOLD}}


NETSTAT = """\
Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      812/sshd: /usr/sbin
tcp        0      0 0.0.0.0:23              0.0.0.0:*               LISTEN      9/telnetd
tcp        0      0 :::80                   :::*                    LISTEN      -
udp        0      0 0.0.0.0:68              0.0.0.0:*                           7/udhcpc
"""


def test_ports_of_netstat_where_ss_is_too_old() -> None:
    answers = {**ROOT, command("ss -lntupH"): said("ss: invalid option", 255), command("netstat -lntup"): NETSTAT}

    found = items(Kind.PORT, answers)

    assert set(found) == {"tcp 0.0.0.0:22", "tcp 0.0.0.0:23", "tcp [::]:80", "udp 0.0.0.0:68"}
    assert found["tcp 0.0.0.0:23"] == {"program": "telnetd"}


def test_ports_of_the_kernel_where_there_is_no_tool() -> None:
    head = "  sl  local_address rem_address   st\n"
    answers = {
        **ROOT,
        file(
            "/proc/net/tcp"
        ): f"{head}   0: 0100007F:0CEA 00000000:0000 0A 0\n   1: 0100007F:0050 0100007F:9999 01 0\n",
        file("/proc/net/tcp6"): f"{head}   0: 00000000000000000000000001000000:0016 0:0 0A\n",
        file("/proc/net/udp"): f"{head}   0: 00000000:0044 00000000:0000 07\n   1: 00:0044 0:0 07\n",
    }

    assert items(Kind.PORT, answers) == {
        "tcp 127.0.0.1:3306": {"program": NOT_TOLD},
        "tcp [::1]:22": {"program": NOT_TOLD},
        "udp 0.0.0.0:68": {"program": NOT_TOLD},
    }


def test_a_host_that_cannot_tell_its_ports_says_so() -> None:
    (failure,) = read(Kind.PORT, {**ROOT}).failures

    assert (failure.what, failure.reason) == ("port", Reason.NO_TOOL)


def test_packages_of_every_manager() -> None:
    dpkg, rpm, pkg = (only(Kind.PACKAGE, part) for part in ("dpkg-query", "rpm -qa", "pkg query"))
    apk = "C:Q1\nP:busybox\nV:1.36\nA:x86_64\n\nP:musl\nV:1.2\n"
    opkg = "Package: dropbear\nVersion: 2022\nStatus: install ok installed\n\n"
    opkg += "Package: gone\nStatus: deinstall ok not-installed\n"
    pacman = (
        "/var/lib/pacman/local/a-b-1.2-3/desc",
        "/var/lib/pacman/local/a-b-1.2-3/files",
        "/var/lib/pacman/local/V",
    )

    debian = "dpkg-query: warning: x\nbash\tamd64\t5.2\tii \nold\tall\t1\trc \nhalf\tall\t1\tiU \n"
    assert items(Kind.PACKAGE, {dpkg: debian}) == {"bash:amd64": {"version": "5.2"}, "half:all": {"version": "1"}}
    database = folder("/var/lib/rpm")
    assert items(
        Kind.PACKAGE,
        {database: listing("/var/lib/rpm/rpmdb.sqlite"), rpm: "kernel\tx86_64\t6-2\tii\nkernel\tx86_64\t6-1\tii\n"},
    ) == {"kernel:x86_64": {"version": "6-1, 6-2"}}
    assert items(Kind.PACKAGE, {pkg: "curl\tFreeBSD:14:amd64\t8.1\tii\n"}) == {
        "curl:FreeBSD:14:amd64": {"version": "8.1"}
    }
    assert items(Kind.PACKAGE, {file("/lib/apk/db/installed"): apk}) == {
        "busybox": {"version": "1.36"},
        "musl": {"version": "1.2"},
    }
    assert items(Kind.PACKAGE, {file("/usr/lib/opkg/status"): opkg}) == {"dropbear": {"version": "2022"}}
    assert items(Kind.PACKAGE, {folder("/var/lib/pacman/local"): listing(*pacman)}) == {"a-b": {"version": "1.2-3"}}
    assert items(Kind.PACKAGE, {folder("/var/db/pkg"): listing("/var/db/pkg/gtk+2-2.24.33p2/+CONTENTS")}) == {
        "gtk+2": {"version": "2.24.33p2"}
    }
    assert items(Kind.PACKAGE, {dpkg: said("dpkg-query: no packages found matching *\n", 1)}) == {}


def test_a_host_whose_packages_cannot_be_read_says_so() -> None:
    dpkg = only(Kind.PACKAGE, "dpkg-query")

    assert [each.reason for each in read(Kind.PACKAGE, {}).failures] == [Reason.NO_TOOL]
    assert [each.reason for each in read(Kind.PACKAGE, {dpkg: said("dpkg-query: error: x\n", 2)}).failures] == [
        Reason.ERROR
    ]
    assert [each.reason for each in read(Kind.PACKAGE, {dpkg: Answer(state=State.CUT)}).failures] == [Reason.CUT]


MOUNTS = r"""/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /run/user/1000 tmpfs rw 0 0
overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0
tmpfs /tmp tmpfs rw,nosuid,nodev,size=123k,nr_inodes=5 0 0
server:/x /mnt/nfs nfs4 rw 0 0
/dev/sdb1 /mnt/a\040b ext4 rw 0 0
/dev/sdc1 /home xfs rw 0 0
bad line
"""


def test_mounts_that_stay() -> None:
    found = items(Kind.MOUNT, {file("/proc/self/mounts"): MOUNTS})

    assert set(found) == {"/", "/tmp", "/mnt/nfs", "/mnt/a b", "/home"}
    assert found["/tmp"] == {"source": "tmpfs", "type": "tmpfs", "options": "nodev,nosuid,rw"}


def test_a_mount_tells_no_secret_of_what_is_mounted() -> None:
    line = "curlftpfs#ftp://bob:PLANTED1@192.0.2.1/ /mnt/ftp fuse rw,user=bob,password=PLANTED2,allow_other 0 0\n"

    found = items(Kind.MOUNT, {file("/proc/self/mounts"): line})

    assert "PLANTED" not in str(found)
    assert found["/mnt/ftp"]["source"].startswith("curlftpfs#ftp://bob:<secret:")
    assert "allow_other" in found["/mnt/ftp"]["options"]


def test_mounts_as_a_bsd_tells_them_and_not_at_all() -> None:
    told = "/dev/ada0p2 on / (ufs, local, journaled soft-updates)\n/dev/sd0a on /usr type ffs (local, nodev)\nx\n"

    found = items(Kind.MOUNT, {command("mount"): told})

    assert found["/"] == {"source": "/dev/ada0p2", "type": "ufs", "options": "journaled soft-updates,local,ufs"}
    assert found["/usr"]["type"] == "ffs"
    assert [each.reason for each in read(Kind.MOUNT, {}).failures] == [Reason.NO_TOOL]


def find(part: str, mounts: str) -> Question:
    """What is asked where files with special rights are looked for."""
    kind = Kind.CAPABILITY_FILE if part == "getcap" else Kind.SUID_FILE
    told = Facts(host="", at=0, answers={file("/proc/self/mounts"): said(mounts), user(): said("0")})
    (question,) = [each for each in SOURCES[kind].asks(told) if "find" in each.key]
    return question


def test_files_with_special_rights_are_looked_for_on_local_file_systems_only() -> None:
    mounts = MOUNTS.replace(r"/mnt/a\040b", "/srv")
    question = find("suid", mounts)

    found = items(
        Kind.SUID_FILE,
        {**ROOT, file("/proc/self/mounts"): mounts, question: "4755 0 0 /usr/bin/su\0002755 0 5 /x\n4755 0 0 /y\0rest"},
    )

    assert "find / /srv /home -xdev" in question.key
    assert found == {
        "/usr/bin/su": {"mode": "4755", "uid": "0", "gid": "0"},
        "/x\\x0a4755 0 0 /y": {"mode": "2755", "uid": "0", "gid": "5"},
    }


def test_a_file_system_with_an_odd_name_is_said_not_to_be_looked_at() -> None:
    answers = {**ROOT, file("/proc/self/mounts"): MOUNTS, find("suid", MOUNTS): ""}

    (failure,) = read(Kind.SUID_FILE, answers).failures

    assert (failure.reason, failure.detail) == (Reason.NAME, "the file system at /mnt/a b")
    assert "a b" not in find("suid", MOUNTS).key


def test_a_user_who_cannot_look_everywhere_has_not_looked() -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\n"
    answers = {user(): "1000", file("/proc/self/mounts"): mounts, find("suid", mounts): said("4755 0 0 /x\0", 1)}

    (failure,) = read(Kind.SUID_FILE, answers).failures

    assert failure.reason is Reason.DENIED


def test_a_host_without_mounts_to_tell_or_with_too_many() -> None:
    many = "".join(f"/dev/sd{n} /m{n} ext4 rw 0 0\n" for n in range(300))
    nothing = "proc /proc proc rw 0 0\n"

    limited = read(Kind.SUID_FILE, {**ROOT, file("/proc/self/mounts"): many, find("suid", many): ""})
    blind = read(Kind.SUID_FILE, {**ROOT, file("/proc/self/mounts"): nothing})

    assert [each.reason for each in limited.failures] == [Reason.LIMIT]
    assert [each.reason for each in blind.failures] == [Reason.ERROR]


def test_capabilities_of_files_and_a_host_without_the_tool() -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\n"
    question = find("getcap", mounts)
    told = "/usr/bin/ping cap_net_raw=ep\n/old = cap_setuid,cap_chown+ep\nrelative cap_chown=ep\n"

    found = items(Kind.CAPABILITY_FILE, {**ROOT, file("/proc/self/mounts"): mounts, question: told})
    without = read(Kind.CAPABILITY_FILE, {**ROOT, file("/proc/self/mounts"): mounts, question: None})

    assert found == {
        "/usr/bin/ping": {"capabilities": "cap_net_raw=ep"},
        "/old": {"capabilities": "cap_setuid,cap_chown+ep"},
    }
    assert [(each.what, each.is_gap) for each in without.failures] == [("caps", False)]
    assert without.kinds == ()


def test_modules_preloads_shells_and_names() -> None:
    modules = "ext4 1138688 1 - Live 0x0000000000000000\nevil 1 0 - Live 0x0 (OE)\nshort\n"
    linux = {file("/proc/sys/kernel/ostype"): "Linux\n"}

    assert items(Kind.KERNEL_MODULE, {file("/proc/modules"): modules}) == {"ext4": {}, "evil": {"taint": "OE"}}
    assert items(Kind.KERNEL_MODULE, {**linux}) == {}
    assert [each.reason for each in read(Kind.KERNEL_MODULE, {}).failures] == [Reason.NO_TOOL]
    assert set(items(Kind.PRELOAD, {file("/etc/ld.so.preload"): "/a.so:/b.so /c.so # x\n"})) == {
        "/a.so",
        "/b.so",
        "/c.so",
    }
    assert set(items(Kind.SHELL, {file("/etc/shells"): "# x\n/bin/sh\n"})) == {"/bin/sh"}
    assert items(Kind.HOST_ENTRY, {file("/etc/hosts"): "127.0.0.1 a b # c\n::1 a\nbare\n"}) == {
        "a": {"addresses": "127.0.0.1,::1"},
        "b": {"addresses": "127.0.0.1"},
    }


def test_what_a_person_ignores_is_left_out_and_nothing_else() -> None:
    scope = StateScope(kinds=(Kind.SHELL,), ignore={Kind.SHELL: ("/opt/*",)})
    facts = Facts(host="web1", at=1.0, answers={file("/etc/shells"): said("/opt/a/sh\n/bin/sh\n")})

    assert [item.key for item in read_state(facts, scope, key=KEY).items] == ["/bin/sh"]


def test_kinds_are_chosen_and_a_task_without_any_is_refused() -> None:
    assert StateScope(without=(Kind.SUID_FILE,)).chosen == tuple(kind for kind in Kind if kind is not Kind.SUID_FILE)
    assert set(SOURCES) == set(Kind)
    with pytest.raises(ValueError, match="no kind is left"):
        StateScope(kinds=(Kind.PORT,), without=(Kind.PORT,))


def test_too_many_items_and_names_that_are_too_long() -> None:
    many = read(Kind.SHELL, {file("/etc/shells"): "".join(f"/{n}\n" for n in range(50_001))})
    long = items(Kind.SHELL, {file("/etc/shells"): f"/{'x' * 900}a\n/{'x' * 900}b\n"})

    assert [each.reason for each in many.failures] == [Reason.LIMIT]
    assert len(long) == 2
    assert all(len(key) < 330 for key in long)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(Kind)),
    st.randoms(use_true_random=False),
    st.lists(st.text("\0\t\n\r\x1b :=,#\"'\\/\xff-0aSx@+[]()$", max_size=60), min_size=1, max_size=5),
)
def test_nothing_that_a_host_says_breaks_or_deceives(kind: Kind, chance, lines: list[str]) -> None:
    facts = Facts(host="web1", at=1.0, answers={})
    told: dict[Question, Answer] = {}
    for _ in range(4):
        for question in SOURCES[kind].asks(facts):
            if question not in told:
                text = "\n".join(chance.choice(lines) for _ in range(4))
                entries = tuple(f"{question.key}/{chance.choice(lines)}" for _ in range(2))
                told[question] = Answer(
                    state=chance.choice(list(State)),
                    content=text,
                    status=chance.choice([0, 1, 3, None]),
                    entries=entries if question.ask is Ask.DIRECTORY else (),
                )
        facts = Facts(host="web1", at=1.0, answers=dict(told))

    state = read_state(facts, StateScope(kinds=(kind,)), key=KEY)

    names = [(item.kind, item.key) for item in state.items]
    texts = [text for item in state.items for text in (item.key, *item.fields, *item.fields.values())]
    texts += [failure.detail for failure in state.failures]
    assert len(set(names)) == len(names)
    assert all(text.isprintable() for text in texts)
    assert all(len(text) < 4096 for text in texts)
    assert bool(state.kinds) != bool(state.failures)


def test_two_thousand_packages_are_read_at_once() -> None:
    told = "".join(f"package{n}\tamd64\t1.{n}-1\tii \n" for n in range(2000))
    answers: dict[Question, str | Answer | None] = {only(Kind.PACKAGE, "dpkg-query"): told}
    started = time.process_time()

    found = items(Kind.PACKAGE, answers)

    assert len(found) == 2000
    assert time.process_time() - started < 1.0
