"""What the read-only policy of commands lets through, and what it must not."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ospatrol.collect.command_policy import Allowed, Refused, allowed
from ospatrol.collect.command_words import split_command

SHELLS = [name for name in ("dash", "bash", "ksh", "busybox") if shutil.which(name)]

READS = [
    "systemctl is-enabled nfs-server.service",
    "systemctl list-unit-files --type=service",
    " dpkg-query -s autofs",
    r"dpkg-query -W -f='${binary:Package}\t${Status}\n' sudo",
    "rpm -qa xorg-x11*",
    "rpm -q --queryformat '%{NAME}' bash",
    "/sbin/modprobe -n -v cramfs",
    "modprobe -nv usb-storage",
    "/sbin/sysctl net.ipv4.ip_forward",
    "sysctl -a",
    "findmnt -kn /dev/shm",
    "mount",
    "iptables -L INPUT -v -n",
    "nft list ruleset",
    "ip addr",
    "ip -4 addr show lo",
    "ss -lntu",
    "sshd -T -C user=root",
    "auditctl -l",
    'stat -Lc "%n %a %u/%U %g/%G" /etc/passwd',
    "getent passwd root",
    "crontab -u root -l",
    "sudo -V",
    "find /etc/audit/ -type f \\( -name '*.conf' -o -name '*.rules' \\) -exec stat -Lc \"%U\" {} +",
    "find / -xdev \\( -nouser -o -nogroup \\) -ls",
    'sh -c "ps -ef | grep chronyd | grep -v grep"',
    'sh -c "systemctl is-enabled x.service & systemctl is-active x.service"',
    'sh -c "grep -E x /etc/*.conf 2>/dev/null || echo none"',
    'sh -c "nginx -V 2>&1 | grep dav"',
    'sh -c "cut -f1 -d: /etc/group | sort | uniq -dc | wc -l"',
    "sh -c \"DIR_NAME=$(awk -F= '/^log_file/ {print $2}' /etc/a.conf); stat -c %G $DIR_NAME\"",
    'sh -c "if [ -f /etc/x ]; then cat /etc/x; else echo no; fi"',
    'sh -c "for f in /etc/*.d; do stat \\"$f\\"; done"',
    'sh -c "cut -d: -f1 /etc/passwd | while read -r name; do id \\"$name\\"; done"',
    "sh -c \"nft list ruleset | awk '/hook input/,/}/'\"",
    r'awk -F: "(\$3 > 999 && \$1 != \"nobody\") {print \$1}" /etc/passwd',
    "sed -n -e s/a/b/p /etc/passwd",
    "sysrc -n pf_enable",
    "sysrc -qn sshd_enable ntpd_enable",
    "sysrc -f /etc/rc.conf.local -n x",
    "/usr/sbin/sysrc -a",
    "rcctl get sshd flags",
    "rcctl ls on",
    "rcctl check ntpd",
    "sysctl -n kern.securelevel",
    "sysctl -ne security.bsd.see_other_uids",
    "service -e",
    "service sshd status",
    "pfctl -s info",
    "pfctl -sr",
    "pfctl -sr -v",
    "kldstat -v",
    "kldstat -q -m ipfw",
    "sockstat -46l",
    "pkg_info -q",
    "pkg_info -e sudo-*",
    "syspatch -l",
    "freebsd-version -ku",
    "pw usershow -a",
    "doas -C /etc/doas.conf",
    "getconf PAGESIZE",
    "ifconfig em0",
    "swapctl -l",
    "gpart show",
    "jls -v",
    "osascript -l JavaScript -e \"$.NSUserDefaults.alloc.initWithSuiteName('com.apple.MCX').objectForKey('x')\"",
]  # fmt: skip

CHANGES = [
    "",
    "  ",
    '""',
    "rm -rf /",
    "/tmp/stat /etc/passwd",
    "../bin/ls",
    "./ls",
    "LD_PRELOAD=/tmp/x.so ls",
    "env ls",
    "nice ls",
    "eval ls",
    "exec ls",
    "systemctl stop ssh",
    "systemctl -H other status",
    "systemctl --host=other status",
    "systemctl status --root=/x",
    "sysctl -w a=b",
    "sysctl a=b",
    "sysctl -p",
    "sysctl --system",
    "sysctl -n a=b",
    "sysrc pf_enable=YES",
    "sysrc -n pf_enable+=x",
    "sysrc -x pf_enable",
    "sysrc -nx pf_enable",
    "sysrc -R /mnt pf_enable",
    "sysrc -j jail pf_enable",
    "rcctl set sshd flags x",
    "rcctl enable sshd",
    "rcctl order",
    "rcctl stop sshd",
    "rcctl get sshd flags x",
    "service sshd stop",
    "service sshd",
    "service -R",
    "pfctl -d",
    "pfctl -F all",
    "pfctl -s info -F all",
    "pfctl -sr -f /tmp/x",
    "kldstat -n x y",
    "kldload x",
    "pkg_info -Q x",
    "syspatch",
    "syspatch -r",
    "pw userdel x",
    "pw usershow x -V /tmp -n y",
    "doas ls",
    "doas -C /etc/doas.conf ls",
    "ifconfig em0 down",
    "ifconfig em0 192.0.2.1",
    "swapctl -a /dev/x",
    "gpart delete -i 1 x",
    "mount /dev/sda1",
    "mount -a",
    "mount -o remount,rw /",
    "iptables -F",
    "iptables -L -Z",
    "iptables -L --zero",
    "iptables -L -F",
    "nft flush ruleset",
    'nft "list ruleset; flush ruleset"',
    "nft list ruleset -f /tmp/x",
    "ip link set lo down",
    "ip -batch /tmp/x",
    "ip netns exec x ls",
    "ss -K",
    "ss -D /tmp/x",
    "ss -lnK",
    "sshd",
    "sshd -D",
    "sshd -T -f /tmp/x -D",
    "auditctl -D",
    "auditctl -l -D",
    "modprobe cramfs",
    "modprobe -v cramfs",
    "modprobe -n -r x -C /tmp/x",
    "rpm -e bash",
    "rpm -qa --pipe sh",
    "rpm -q --eval x",
    "rpm -q -E %(id)",
    "rpm -q bash --define x",
    "rpm -Uvh x",
    "dpkg -i x",
    "dpkg -s x --purge y",
    "dpkg-query --admindir=/x -s y",
    "find / -delete",
    "find / -exec rm {} +",
    "find / -exec sh -c id \\;",
    "find / -ok ls {} \\;",
    "find / -okdir ls {} \\;",
    "find / -execdir ls {} \\;",
    "find / -fprint /tmp/x",
    "find / -fls /tmp/x",
    "find / -fprintf /tmp/x %p",
    "find / -name x -o -delete",
    "find -files0-from /x -delete",
    "find / -exec stat {} + -delete",
    "find / -exec stat + -delete",
    "crontab /tmp/x",
    "crontab -r",
    "crontab -l -r",
    "crontab -u root -r",
    "passwd root",
    "passwd -S root -d",
    "passwd -l root",
    "useradd x",
    "useradd -D -b /x",
    "chage -E 0 root",
    "date -s 2020-01-01",
    "hostname evil",
    "dmesg -C",
    "dmesg -c",
    "dmesg --clear",
    "journalctl --vacuum-size=1",
    "journalctl --vac=1",
    "journalctl --rotate",
    "sort -o /tmp/x /etc/passwd",
    "sort --output=/tmp/x /etc/passwd",
    "sort --compress-program=/tmp/x /etc/passwd",
    "sort -no/tmp/x /etc/passwd",
    "sort -- /etc/passwd -o x",
    "uniq /etc/passwd /tmp/x",
    "tee /tmp/x",
    "tar --to-command=sh -xf x",
    "tar -xf x",
    "sed -i s/a/b/ /etc/passwd",
    "sed -n -i s/a/b/ /etc/passwd",
    "sed -ni s/a/b/ /etc/passwd",
    "sed s/a/b/ /etc/passwd -i",
    "sed --in-place s/a/b/ x",
    "sed --in-p s/a/b/ x",
    "sed -n w/tmp/x /etc/passwd",
    'sed "s/a/b/w /tmp/x" /etc/passwd',
    "sed s/a/b/e /etc/passwd",
    "sed s/a/id/ge /etc/passwd",
    "sed 1e /etc/passwd",
    'sed "1e id" /etc/passwd',
    'sed "p;e id" /etc/passwd',
    "sed -f /tmp/x /etc/passwd",
    "sed -e p -e wx /etc/passwd",
    'awk "BEGIN{system(1)}"',
    'awk "BEGIN{print 1 > x}"',
    'awk "{print 1 >> x}"',
    'awk "{print | x}"',
    'awk "{x | getline}"',
    'awk "{printf a, b > c}"',
    'awk "{a / b; c | d / e}"',
    "awk -f /tmp/x",
    "awk -i inplace 1 /etc/passwd",
    "gawk -l filefuncs 1",
    "gawk --load=filefuncs 1",
    'gawk "@load x"',
    "gawk -o/tmp/x 1",
    "awk 1 /inet/tcp/0/192.0.2.1/80",
    "xargs rm",
    "xargs -I {} sh -c {}",
    "curl http://192.0.2.1",
    "ping -c1 192.0.2.1",
    "dnf list sudo",
    "defaults write x y",
    "launchctl load x",
    "osascript -l JavaScript -e 1",
    "csrutil disable",
    "ndd -set /dev/ip x 1",
    "psql -c x",
    "mail root",
    "kill 1",
    "sudo ls",
    "su -c ls",
    "bash /tmp/x",
    "sh /tmp/x",
    "sh -s",
    "sh -ic ls",
    "sh -c ls x",
    "sh",
    "perl -e 1",
    "python3 -c 1",
]

SHELL_CHANGES = [
    "ls; rm x",
    "ls\nrm x",
    "ls && rm x",
    "ls || rm x",
    "ls | sh",
    "ls & rm x",
    "(rm x)",
    "{ rm x; }",
    "! rm x",
    "`rm x`",
    "ls `rm x`",
    'echo "`rm x`"',
    "echo $(rm x)",
    'echo "$(rm x)"',
    'echo "$(echo "$(rm x)")"',
    "echo $((x[$(rm x)]))",
    "echo ${x:-$(rm x)}",
    "echo ${x:=y}",
    "echo ${x@P}",
    "echo $[1]",
    "echo $'\\x3b'",
    "ls >x",
    "ls > x",
    "ls >>x",
    "ls >|x",
    "ls >&x",
    "ls &>x",
    "ls 2>x",
    "ls 3>x",
    "ls >/dev/null/../../tmp/x",
    "ls >/dev/nullx",
    "ls >/dev/sda",
    "ls <>x",
    "cat <<x\n$(rm x)\nx",
    "cat <(rm x)",
    "ls >$(echo x)",
    "$x",
    '"$x"',
    "$(echo rm) x",
    "/bin/r? x",
    "r\\m x",
    "'r'm x",
    '"rm" x',
    "l\\\ns; rm x",
    "PATH=/tmp ls",
    "PATH=/tmp",
    "IFS=x",
    "LD_PRELOAD=x ls",
    "ENV=x sh -c ls",
    "BASH_ENV=x; bash -c ls",
    "x=1 ls",
    "https_proxy=x",
    "export PATH",
    "alias ls=rm",
    "ls() { rm x; }; ls",
    "function ls { rm x; }",
    "trap 'rm x' EXIT",
    ". /tmp/x",
    "source /tmp/x",
    "eval 'rm x'",
    "exec rm x",
    "command rm x",
    "command -p rm x",
    "builtin kill 1",
    "case x in x) rm x;; esac",
    "if rm x; then ls; fi",
    "if ls; then rm x; fi",
    "if ls; then ls; else rm x; fi",
    "if ls; then ls; elif rm x; then ls; fi",
    "while rm x; do ls; done",
    "while ls; do rm x; done",
    "until rm x; do ls; done",
    "for f in $(rm x); do ls; done",
    "for f in x; do rm x; done",
    "for PATH in x; do ls; done",
    "read PATH",
    "read -r $x",
    "[[ -v x ]]",
    "[ -v x ]",
    "[ $x ]",
    '[ "$x" "$y" ]',
    '[ -n x -a "$x" ]',
    "test -v 'a[$(rm x)]'",
    "printf $x",
    'printf "$x"',
    "printf -v x y",
    "find $x -ls",
    'find "$x" -ls',
    "find / $x",
    "find * -ls",
    "find /etc -name $x",
    "sort $x",
    "sort *",
    'sort "$x"',
    "sed $x",
    'sed "$x" /etc/passwd',
    "sed p *",
    'awk "$x"',
    "awk 1 *",
    'sh -c "$x"',
    "sh -c 'rm x'",
    "sh -c 'sh -c \"rm x\"'",
    "find / -{delete,ls}",
    "{rm,x}",
    "ls {a,b}; rm x",
    "echo 'a' ; rm 'x'",
    "ls # ; rm x",
    "ls ;; rm x",
    "ls |& sh",
    "coproc rm x",
    "time rm x",
    "select x in y; do rm x; done",
    "ls \\",
    "echo 'x",
    'echo "x',
    "echo $(ls",
    "ls )",
    "ls\x00rm",
    "ls\rrm",
    "ls\x1brm",
    "df -P | awk '{print $6}' | xargs -I '{}' find '{}' -xdev",
    "cat x | xargs rm",
    "cat x | xargs -I{} {}",
    "ls | xargs --arg-file=x rm",
    "find / -exec $x {} +",
]


def as_command(text: str) -> str:
    """The command that gives a shell exactly this text."""
    return 'sh -c "' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("command", READS)
def test_a_command_that_only_reads_is_allowed(command):
    assert isinstance(allowed(command), Allowed), allowed(command)


@pytest.mark.parametrize("command", CHANGES)
def test_a_command_that_may_change_something_is_refused(command):
    assert isinstance(allowed(command), Refused)


@pytest.mark.parametrize("text", SHELL_CHANGES)
def test_shell_text_that_may_change_something_is_refused(text):
    assert split_command(as_command(text)) == ("sh", "-c", text)
    assert isinstance(allowed(as_command(text)), Refused)


def test_a_refusal_says_why():
    decision = allowed('sh -c "ls > /etc/motd"')

    assert decision == Refused(
        reason="shell text with a redirection other than to /dev/null or of one stream to the other"
    )


def test_a_workspace_can_allow_more():
    assert allowed("apt list sudo", ("apt list sudo",)) == Allowed(words=("apt", "list", "sudo"))
    assert isinstance(allowed("apt list sudo", ("apt list *",)), Allowed)
    assert isinstance(allowed("apt install sudo", ("apt list *",)), Refused)
    assert isinstance(allowed("apt list\0x", ("apt list*",)), Refused)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b  c ", ("a", "b", "c")),
        (" a", ("a",)),
        ('a "b c"d', ("a", "b cd")),
        ('a ""', ("a", "")),
        ('a "b', ("a", "b")),
        ('a "', ("a",)),
        (r"a b\ c \" \\ \(", ("a", "b c", '"', "\\", "(")),
        (r'a "b\"c\d"', ("a", 'b"cd')),
        ("a\\", ("a",)),
        ("a 'b c'", ("a", "'b", "c'")),
        ("a\tb", ("a\tb",)),
        ("", ()),
    ],
)
def test_words_are_split_at_blanks_with_double_quotes_and_backslashes(text, words):
    assert split_command(text) == words


TOKENS = st.sampled_from(
    [
        "evil", "evil;", ";evil", "|evil", "&evil", "(evil)", "{evil;}", "$(evil)", "`evil`", ">f", ">>f", "2>f",
        ">&f", "<>f", "&>f", ">/dev/null", "2>&1", ";", "|", "&", "&&", "||", "(", ")", "{", "}", "!", "'", '"',
        "\\", "$", "$x", "${x}", "$(", "`", "#", "x=evil", "x=", "$'", "[[", "]]", "=evil", "evil=", "*", "?", "~",
        ",", "[", "]", "{}", "+", "-c", "/", "-o", "echo", "cat", "grep", "ls", "test", "if", "then", "fi",
        "while", "do", "done", "for", "in", "x", "else", "case", "esac", "sh", "find", "-exec", "-delete", "awk",
        "sed", "sort", "f", "xargs", "eval", "read", "\nevil", "\n", "\t", "\\\n", "",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def trap():
    """A PATH with a program in it that leaves a trace, and an empty folder to leave it in."""
    with tempfile.TemporaryDirectory(prefix="ospatrol-trap-") as name:
        folder = Path(name)
        (folder / "bin").mkdir()
        (folder / "work").mkdir()
        evil = folder / "bin" / "evil"
        evil.write_text("#!/bin/sh\n: > evil-ran\n")
        evil.chmod(0o755)
        yield folder


@pytest.mark.no_cover
@settings(max_examples=4000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TOKENS, min_size=1, max_size=9), st.sampled_from([" ", ""]))
@example(["echo", "$(evil)"], " ")
def test_whatever_is_allowed_runs_nothing_else_and_writes_nothing_in_any_shell(trap, tokens, between):
    """Random texts are judged, and those that are allowed are run by real shells."""
    text = between.join(tokens)
    if isinstance(allowed(as_command(text)), Refused):
        return
    for shell in SHELLS:
        words = ["busybox", "sh", "-c", text] if shell == "busybox" else [shell, "-c", text]
        subprocess.run(
            words,
            cwd=trap / "work",
            env={"PATH": f"{trap / 'bin'}:/usr/bin:/bin", "x": "; evil > f", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert list((trap / "work").iterdir()) == [], (shell, text)
