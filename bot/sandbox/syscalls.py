"""Which system calls a program in the sandbox may make, as a filter for the kernel.

Namespaces keep a program from what is not its own; this keeps it from what has no namespace (other
families of sockets, the keyring), from what takes memory that nobody counts, and from making
namespaces of its own, which is where most holes of the kernel have been.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterator

# https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
_LOAD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_JUMP_ANY_BIT = 0x45
_RETURN = 0x06
_KILL = 0x80000000
_ERROR = 0x00050000
_ALLOW = 0x7FFF0000
#: Where the number, the architecture and the first argument (its lower half) lie.
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16

#: Calls of another width on the same machine have these bits.
_X32 = 0x40000000
#: unix, IPv4, IPv6 and netlink: what the network namespace covers.
_FAMILIES = (1, 2, 10, 16)
#: Every CLONE_NEW… there is.
_NEW_NAMESPACES = 0x7E020000

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
#: By name: the number on x86_64 and on aarch64; None where it does not exist.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_CLONE = (56, 220)
_SOCKET = (41, 198)
#: Its arguments lie in memory, where a filter cannot look; libraries go back to the older call.
_CLONE3 = 435


def known_machine() -> bool:
    """Whether the calls of this machine are known here."""
    return platform.machine() in _AUDIT


def call_filter(machine: str = "") -> bytes:
    """The filter, as bubblewrap takes it. ``KeyError`` for a machine that is not known."""
    machine = machine or platform.machine()
    column = list(_AUDIT).index(machine)
    return b"".join(
        struct.pack("=HBBI", *instruction) for instruction in _program(_AUDIT[machine], column)
    )


def _program(architecture: int, column: int) -> Iterator[tuple[int, int, int, int]]:
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _JUMP_EQUAL, 1, 0, architecture
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    if architecture == _AUDIT["x86_64"]:
        yield _JUMP_AT_LEAST, 0, 1, _X32
        yield _refusal(errno.ENOSYS)
    for numbers in _REFUSED.values():
        number = numbers[column]
        if number is not None:
            yield _JUMP_EQUAL, 0, 1, number
            yield _refusal(errno.EPERM)
    yield _JUMP_EQUAL, 0, 1, _CLONE3
    yield _refusal(errno.ENOSYS)
    yield _JUMP_EQUAL, 0, 4, _CLONE[column]
    yield _LOAD, 0, 0, _FIRST
    yield _JUMP_ANY_BIT, 0, 1, _NEW_NAMESPACES
    yield _refusal(errno.EPERM)
    yield _RETURN, 0, 0, _ALLOW
    yield _JUMP_EQUAL, 0, 2 + len(_FAMILIES), _SOCKET[column]
    yield _LOAD, 0, 0, _FIRST
    for place, family in enumerate(_FAMILIES):
        yield _JUMP_EQUAL, len(_FAMILIES) - place, 0, family
    yield _refusal(errno.EAFNOSUPPORT)
    yield _RETURN, 0, 0, _ALLOW


def _refusal(error: int) -> tuple[int, int, int, int]:
    return _RETURN, 0, 0, _ERROR | error
