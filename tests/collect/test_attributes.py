"""What getfattr, getfacl, getcap and stat print."""

from __future__ import annotations

import pytest

from ospatrol.collect.attributes import read_getcap, read_getfacl, read_getfattr, read_labels
from ospatrol.collect.capabilities import capability_text


def test_getfattr_gives_each_sort_its_own_name():
    answer = (
        b"# file: /usr/bin/ping\\012x\n"
        b"security.capability=0x0100000200200000000000000000000000000000\n"
        b"security.selinux=0x73797374656d5f753a6f626a6563745f723a70696e675f657865635f743a733000\n"
        b"user.b=0x62\n"
        b'user.a="no hex"\n'
        b"\n"
        b"# file: /srv\n"
        b"system.posix_acl_access=0x0200000001000700ffffffff02000700e80300000400"
        b"0500ffffffff08000100e903000010000700ffffffff20000000ffffffff\n"
        b"system.posix_acl_default=0x00\n"
        b"\n"
    )

    assert dict(read_getfattr(answer)) == {
        b"/usr/bin/ping\nx": {
            "caps": b"cap_net_raw=ep",
            "selinux": b"system_u:object_r:ping_exec_t:s0",
            "xattr": b'user.a:"no hex",user.b:0x62',
        },
        b"/srv": {
            "acl": b"user::rwx,user:1000:rwx,group::r-x,group:1001:--x,mask::rwx,other::---,default:0x00",
        },
    }


def test_getfacl_leaves_out_what_mode_bits_say_and_effective_rights():
    answer = (
        b"# file: /a\n# owner: 0\n# group: 0\n# flags: -s-\nuser::rw-\nuser:7:rw-\t#effective:r--\n"
        b"group::r--\nmask::r--\nother::---\n\n"
        b"# file: /d\n# owner: 0\n# group: 0\nuser::rwx\ngroup::r-x\nother::r-x\ndefault:user::rwx\n\n"
    )

    assert dict(read_getfacl(answer)) == {
        b"/a": {"acl": b"user::rw-,user:7:rw-,group::r--,mask::r--,other::---"},
        b"/d": {"acl": b"default:user::rwx"},
    }


@pytest.mark.parametrize(
    ("line", "path", "caps"),
    [
        (b"/bin/ping cap_net_raw=ep", b"/bin/ping", b"cap_net_raw=ep"),
        (b"/bin/ping = cap_net_raw+ep", b"/bin/ping", b"cap_net_raw=ep"),
        (b"/a b cap_chown=p cap_kill,cap_fowner=eip", b"/a b", b"cap_chown=p cap_kill,cap_fowner=eip"),
        (b"/x =ep", b"/x", b"=ep"),
        (b"/x cap_chown=ep [rootid=1000]", b"/x", b"cap_chown=ep [rootid=1000]"),
    ],
)
def test_getcap_old_and_new(line, path, caps):
    assert dict(read_getcap(line + b"\nnonsense\n")) == {path: {"caps": caps}}


def test_labels_of_files_that_have_one():
    answer = b"system_u:object_r:etc_t:s0 /etc/a b\n? /proc\n"

    assert dict(read_labels(answer)) == {b"/etc/a b": {"selinux": b"system_u:object_r:etc_t:s0"}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0100000200200000000000000000000000000000", b"cap_net_raw=ep"),
        ("0000000201000000020000000000000000000000", b"cap_chown=p cap_dac_override=i"),
        ("0100000221000000210000000001000000010000", b"cap_chown,cap_kill,cap_checkpoint_restore=eip"),
        ("010000030100000000000000000000000000000064000000", b"cap_chown=ep [rootid=100]"),
        ("010000010100000000000000", b"cap_chown=ep"),
        ("0000000200000000000000000000008000000000", b"63=p"),
        ("01000002", b"0x01000002"),
        ("", b"0x"),
    ],
)
def test_capabilities_in_words(value, text):
    assert capability_text(bytes.fromhex(value)) == text
