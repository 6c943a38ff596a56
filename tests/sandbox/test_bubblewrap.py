"""What a program in the sandbox may do, and what becomes of those that try more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import Cancelled, NotSupported
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.port import (
    PYTHON,
    WORK,
    Ending,
    SandboxFile,
    SandboxLimits,
    SandboxOrder,
    SandboxOutcome,
)
from tests.parts import ROOT

pytestmark = pytest.mark.needs("bwrap")

_MIB = 1024 * 1024
#: Generous in time, since machines that run tests are busy; each test narrows what it is about.
_ROOMY = SandboxLimits(time_s=60.0)


@pytest.fixture(scope="module")
def sandbox() -> Bubblewrap:
    return Bubblewrap()


def run(sandbox: Bubblewrap, *command: str, **order: object) -> SandboxOutcome:
    given = {"limits": _ROOMY, **order}
    return sandbox.run(SandboxOrder(command=command, **given))  # type: ignore[arg-type]


def python(sandbox: Bubblewrap, code: str, **order: object) -> SandboxOutcome:
    return run(sandbox, PYTHON, "-c", textwrap.dedent(code), **order)


def answer(sandbox: Bubblewrap, code: str, **order: object) -> object:
    """What a piece of Python prints as JSON."""
    outcome = python(sandbox, code, **order)
    assert outcome.succeeded, outcome.stderr.decode()
    return json.loads(outcome.stdout)


def limits(**given: float) -> SandboxLimits:
    return SandboxLimits(**{"time_s": 60.0, **given})  # type: ignore[arg-type]


# What works ------------------------------------------------------------------------------------


def test_a_program_sees_its_files_and_tells_how_it_ended(sandbox: Bubblewrap) -> None:
    files = {
        "src/a.txt": SandboxFile(content=b"one\n"),
        "run.sh": SandboxFile(content=b"#!/bin/sh\ncat src/a.txt; exit 3\n", mode=0o100755),
    }
    outcome = run(sandbox, "./run.sh", files=files)
    assert (outcome.ending, outcome.exit_code, outcome.stdout) == (Ending.EXITED, 3, b"one\n")
    assert not outcome.succeeded


def test_it_starts_in_a_folder_with_what_it_is_given_to_read(sandbox: Bubblewrap) -> None:
    files = {"web/a": SandboxFile(content=b"")}
    outcome = run(sandbox, "sh", "-c", "pwd; cat", files=files, folder="web", stdin=b"said")
    assert outcome.stdout == f"{WORK}/web\nsaid".encode()


def test_a_mount_is_seen_and_not_written_to(sandbox: Bubblewrap, tmp_path: Path) -> None:
    tools = tmp_path / "closed" / "tools"
    (tools / "bin").mkdir(parents=True)
    (tools / "bin" / "tool").write_text("#!/bin/sh\necho of the toolchain\n")
    (tools / "bin" / "tool").chmod(0o755)
    # As under the home of root: whoever runs inside could not come by on their own.
    (tmp_path / "closed").chmod(0o700)
    given = {"mounts": {"/toolchain/x": tools}, "path": ["/toolchain/x/bin"]}
    assert run(sandbox, "tool", **given).stdout == b"of the toolchain\n"
    assert not run(sandbox, "touch", "/toolchain/x/new", **given).succeeded
    assert not (tools / "new").exists()


def test_nothing_of_this_process_environment_is_inherited(
    sandbox: Bubblewrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_ADMIN_TOKEN", "of-the-server")
    seen = answer(
        sandbox,
        "import json, os; print(json.dumps(dict(os.environ)))",
        environment={"CI": "true"},
        path=["/toolchain/bin"],
    )
    assert isinstance(seen, dict)
    assert seen.keys() - {"LC_CTYPE", "PWD"} == {"CI", "HOME", "LANG", "PATH", "TMPDIR"}
    assert seen["PATH"].startswith("/toolchain/bin:")


def test_an_absent_program_is_no_failure_of_its_own(sandbox: Bubblewrap) -> None:
    outcome = run(sandbox, "no-such-tool", "--version")
    assert (outcome.ending, outcome.exit_code) == (Ending.NOT_FOUND, None)
    assert b"no-such-tool" in outcome.stderr


def test_a_program_that_crashes_is_told_apart_from_one_that_exits(sandbox: Bubblewrap) -> None:
    outcome = run(sandbox, "sh", "-c", "kill -SEGV $$")
    assert (outcome.ending, outcome.exit_code) == (Ending.KILLED, None)


def test_a_server_and_its_client_may_talk_inside(sandbox: Bubblewrap) -> None:
    code = """
        import socket
        listener = socket.create_server(("127.0.0.1", 0))
        socket.create_connection(listener.getsockname()).sendall(b"x")
        print(listener.accept()[0].recv(1))
    """
    assert python(sandbox, code).stdout == b"b'x'\n"


# Limits ----------------------------------------------------------------------------------------


def test_one_that_sleeps_for_ever_is_stopped(sandbox: Bubblewrap) -> None:
    outcome = run(sandbox, "sh", "-c", "echo begun; sleep 1000", limits=limits(time_s=1.0))
    assert (outcome.ending, outcome.exit_code) == (Ending.TIMED_OUT, None)
    assert outcome.stdout == b"begun\n"


def test_one_that_ignores_signals_and_closes_its_output_is_stopped(sandbox: Bubblewrap) -> None:
    code = """
        import os, signal, time
        for number in range(1, 32):
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(number, signal.SIG_IGN)
        os.close(1); os.close(2)
        time.sleep(1000)
    """
    assert python(sandbox, code, limits=limits(time_s=1.5)).ending is Ending.TIMED_OUT


def test_one_that_forks_without_end_is_stopped(sandbox: Bubblewrap) -> None:
    bomb = ":() { : | : & : | : & wait; }; :"
    outcome = run(sandbox, "bash", "-c", bomb, limits=limits(processes=32))
    assert outcome.ending is Ending.TOO_MANY_PROCESSES


def test_threads_count_as_processes_do(sandbox: Bubblewrap) -> None:
    code = """
        import threading, time
        for _ in range(60):
            threading.Thread(target=time.sleep, args=(1000,)).start()
    """
    outcome = python(sandbox, code, limits=limits(processes=48))
    assert outcome.ending is Ending.TOO_MANY_PROCESSES


def test_memory_counts_for_all_processes_together(sandbox: Bubblewrap) -> None:
    code = """
        import os, time
        for _ in range(8):
            if os.fork() == 0:
                kept = bytearray(os.urandom(4096)) * (40 * 256)
                time.sleep(1000)
        time.sleep(1000)
    """
    outcome = python(sandbox, code, limits=limits(memory_bytes=128 * _MIB))
    assert outcome.ending is Ending.TOO_MUCH_MEMORY


def test_memory_that_processes_share_counts_once(sandbox: Bubblewrap) -> None:
    code = """
        import os, time
        kept = bytearray(os.urandom(4096)) * (48 * 256)
        children = []
        for _ in range(4):
            child = os.fork()
            if child == 0:
                time.sleep(0.3)
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
    """
    assert python(sandbox, code, limits=limits(memory_bytes=160 * _MIB)).succeeded


def test_tables_of_pages_without_anything_on_them_are_memory(sandbox: Bubblewrap) -> None:
    code = """
        import mmap
        while True:
            # 0x4000 is MAP_NORESERVE. A page of each table is read, the one that all share.
            room = mmap.mmap(-1, 2**36, mmap.MAP_PRIVATE | 0x4000, mmap.PROT_READ)
            room.madvise(15)  # MADV_NOHUGEPAGE, which would need fewer.
            kept = [room, globals().get("kept")]
            for place in range(0, len(room), 2**21):
                room[place]
    """
    outcome = python(sandbox, code, limits=limits(memory_bytes=96 * _MIB))
    assert outcome.ending is Ending.TOO_MUCH_MEMORY


def test_what_the_kernel_holds_for_sockets_is_memory(sandbox: Bubblewrap) -> None:
    code = """
        import os, socket, time
        while True:
            if os.fork() == 0:
                kept = [socket.socketpair() for _ in range(200)]
                time.sleep(1000)
    """
    outcome = python(sandbox, code, limits=limits(memory_bytes=256 * _MIB))
    assert outcome.ending is Ending.TOO_MUCH_MEMORY


def test_one_that_floods_its_output_is_stopped(sandbox: Bubblewrap) -> None:
    outcome = run(sandbox, "sh", "-c", "yes >&2 & yes", limits=limits(output_bytes=100_000))
    assert outcome.ending is Ending.TOO_MUCH_OUTPUT
    assert len(outcome.stdout) + len(outcome.stderr) == 100_000


@pytest.mark.parametrize("folder", [WORK, "/tmp", "/dev/shm"])
def test_one_that_fills_the_disk_is_stopped(sandbox: Bubblewrap, folder: str) -> None:
    command = f"head -c 100M /dev/zero > {folder}/big"
    outcome = run(sandbox, "sh", "-c", command, limits=limits(disk_bytes=8 * _MIB))
    assert outcome.ending is Ending.TOO_MUCH_DISK


def test_files_without_end_fill_the_disk_too(sandbox: Bubblewrap) -> None:
    code = """
        import itertools
        for number in itertools.count():
            open(f"/tmp/{number}", "w").close()
    """
    outcome = python(sandbox, code, limits=limits(disk_bytes=8 * _MIB))
    assert outcome.ending is Ending.TOO_MUCH_DISK


def test_files_of_an_order_that_do_not_fit_are_too_much(sandbox: Bubblewrap) -> None:
    files = {"big": SandboxFile(content=b"x" * 9 * _MIB)}
    outcome = run(sandbox, "true", files=files, limits=limits(disk_bytes=8 * _MIB))
    assert outcome.ending is Ending.TOO_MUCH_DISK


def test_whoever_waits_for_it_can_have_it_stopped(sandbox: Bubblewrap) -> None:
    def stop() -> None:
        raise Cancelled("Enough.")

    name = f"fc-cancelled-{os.getpid()}-{time.monotonic_ns()}"
    order = SandboxOrder(command=["bash", "-c", f"exec -a {name} sleep 1000"])
    with pytest.raises(Cancelled):
        sandbox.run(order, poll=stop)
    assert _processes_named(name) == []


# Ways out --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/usr/bin", "/root", "/home", "/var", "/dev", "/proc", "/run", "/opt"]
)
def test_nothing_outside_can_be_written_to(sandbox: Bubblewrap, path: str) -> None:
    assert not run(sandbox, "sh", "-c", f"echo x > {path}/fc-sandbox-was-here").succeeded
    assert not Path(path, "fc-sandbox-was-here").exists()


def test_nothing_of_this_machine_can_be_read(sandbox: Bubblewrap, tmp_path: Path) -> None:
    key = tmp_path / "secret.key"
    key.write_text("the key of the server")
    places = [
        *(str(key), str(ROOT / "pyproject.toml"), "/etc/shadow", "/etc/hostname"),
        *(str(Path.home() / ".profile"), "/var/log", "/run", "/home", "/sys", "/boot"),
    ]
    code = """
        import json, os, sys
        def readable(path):
            try:
                os.listdir(path) if os.path.isdir(path) else open(path).close()
            except OSError:
                return False
            return True
        print(json.dumps([path for path in json.load(sys.stdin) if readable(path)]))
    """
    assert answer(sandbox, code, stdin=json.dumps(places).encode()) == []


def test_a_data_folder_below_what_is_shown_is_hidden(tmp_path: Path) -> None:
    tools, data = tmp_path / "tools", tmp_path / "tools" / "data"
    data.mkdir(parents=True)
    (data / "secret.key").write_text("the key of the server")
    (tools / "tool").write_text("seen")
    outcome = run(
        Bubblewrap(hidden=[data]), "sh", "-c", "cat /t/tool; cat /t/data/*", mounts={"/t": tools}
    )
    assert outcome.stdout == b"seen"


def test_only_its_own_processes_are_seen(
    sandbox: Bubblewrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTCOMMIT_ADMIN_TOKEN", "of-the-server")
    code = """
        import glob
        print(len(glob.glob("/proc/[0-9]*")))
        for path in glob.glob("/proc/[0-9]*/environ"):
            print(open(path).read())
    """
    outcome = python(sandbox, code)
    assert outcome.stdout.startswith(b"2\n")
    assert b"of-the-server" not in outcome.stdout


def test_a_file_descriptor_of_the_server_is_not_inherited(sandbox: Bubblewrap) -> None:
    with (ROOT / "pyproject.toml").open() as file:
        os.set_inheritable(file.fileno(), True)
        code = "import json, os; print(json.dumps(sorted(map(int, os.listdir('/proc/self/fd')))))"
        # 3 is the folder that is being listed.
        assert answer(sandbox, code) == [0, 1, 2, 3]


@pytest.fixture
def listeners(tmp_path: Path) -> Iterator[dict[str, object]]:
    """Servers of this machine of four kinds."""
    made = []

    def listening(family: int, address: object) -> object:
        server = socket.socket(family)
        made.append(server)
        server.bind(address)  # type: ignore[arg-type]
        server.listen()
        return server.getsockname()

    abstract = f"\0fc-{os.getpid()}"
    found: dict[str, object] = {
        "4": listening(socket.AF_INET, ("127.0.0.1", 0)),
        "unix": listening(socket.AF_UNIX, str(tmp_path / "s")),
    }
    listening(socket.AF_UNIX, abstract)
    found["abstract"] = abstract
    try:
        found["6"] = listening(socket.AF_INET6, ("::1", 0))
    except OSError:
        # Without IPv6 there is nothing to reach.
        found["6"] = ("::1", 9)
    yield found
    for server in made:
        server.close()


def test_no_server_of_this_machine_or_another_is_reached(
    sandbox: Bubblewrap, listeners: dict[str, object]
) -> None:
    code = """
        import json, socket, sys
        given = json.load(sys.stdin)
        wanted = [
            (socket.AF_INET, tuple(given["4"])),
            (socket.AF_INET, ("192.0.2.1", 80)),
            (socket.AF_INET, ("8.8.8.8", 53)),
            (socket.AF_INET6, tuple(given["6"])[:2]),
            (socket.AF_INET6, ("2001:db8::1", 80)),
            (socket.AF_UNIX, given["unix"]),
            (socket.AF_UNIX, given["abstract"]),
            (socket.AF_UNIX, "/var/run/docker.sock"),
        ]
        reached = []
        for family, address in wanted:
            try:
                with socket.socket(family) as one:
                    one.settimeout(5)
                    one.connect(address)
                    reached.append(address)
            except OSError:
                pass
        try:
            reached.append(socket.getaddrinfo("example.org", 80))
        except OSError:
            pass
        print(json.dumps(reached))
    """
    assert answer(sandbox, code, stdin=json.dumps(listeners).encode()) == []


def test_sockets_of_other_families_are_refused(sandbox: Bubblewrap) -> None:
    """Those that no namespace covers: to the host of a virtual machine, to the kernel's ciphers."""
    code = """
        import json, socket
        opened = []
        for family in range(64):
            if family in (1, 2, 10, 16):
                continue
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, 5):
                try:
                    socket.socket(family, kind).close()
                    opened.append(family)
                except OSError:
                    pass
        print(json.dumps(opened))
    """
    assert answer(sandbox, code) == []


def test_calls_that_lead_out_are_refused(sandbox: Bubblewrap) -> None:
    code = """
        import ctypes, json, os, platform
        libc = ctypes.CDLL(None, use_errno=True)
        done = []
        def attempt(name, *arguments):
            if getattr(libc, name)(*arguments) >= 0:
                done.append(name)
        attempt("ptrace", 16, 1, 0, 0)
        attempt("unshare", 0x10000000)
        attempt("unshare", 0x00020000)
        attempt("mount", b"none", b"/tmp", b"tmpfs", 0, None)
        attempt("umount2", b"/proc", 2)
        attempt("chroot", b"/tmp")
        attempt("setuid", 0)
        attempt("setgid", 0)
        attempt("kill", 1, 9)
        attempt("shmget", 0, 4096, 0o1600)
        attempt("semget", 0, 32000, 0o1600)
        attempt("memfd_create", b"x", 0)
        numbers = {"x86_64": (248, 321, 425, 435), "aarch64": (217, 280, 425, 435)}
        for number in numbers[platform.machine()]:
            if libc.syscall(number, 0, 0, 0, 0, 0) >= 0:
                done.append(number)
        done = [name for name in done if name != "kill"]
        print(json.dumps([done, sorted(os.listdir("/proc/1"))[:1]]))
    """
    done, first_process = answer(sandbox, code)  # type: ignore[misc]
    assert done == []
    assert first_process  # It is alive: signals from inside do not reach it.


_FORGING = """
    import os, signal, sys
    for number in range(1, 30):
        os.kill(1, number)
    for descriptor in os.listdir("/proc/1/fd"):
        pipe = os.open(f"/proc/1/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK)
        os.write(pipe, b'{"exit": 0}\\n')
"""


def test_nobody_inside_can_tell_of_an_end_of_their_own_making(sandbox: Bubblewrap) -> None:
    outcome = python(sandbox, _FORGING)
    assert (outcome.ending, outcome.exit_code) == (Ending.EXITED, 1)
    assert b"PermissionError" in outcome.stderr


def test_there_are_no_privileges_and_none_to_be_had(sandbox: Bubblewrap) -> None:
    outcome = run(sandbox, "grep", "-E", "^(Uid|Cap(Prm|Eff|Amb)|NoNewPrivs)", "/proc/self/status")
    told = dict(line.split(":\t", 1) for line in outcome.stdout.decode().splitlines())
    assert {int(told[name], 16) for name in ("CapPrm", "CapEff", "CapAmb")} == {0}
    assert told["NoNewPrivs"] == "1"
    assert "0" not in told["Uid"].split()


@pytest.mark.parametrize("program", ["su", "mount", "passwd", "newgrp"])
def test_setuid_programs_give_no_privileges(sandbox: Bubblewrap, program: str) -> None:
    path = shutil.which(program)
    if path is None or not Path(path).stat().st_mode & 0o4000:
        pytest.skip(f"no setuid {program} here")
    code = f"""
        import subprocess
        child = subprocess.Popen([{path!r}], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        print([l for l in open(f"/proc/{{child.pid}}/status") if l.startswith("Uid")])
        child.kill()
    """
    outcome = python(sandbox, code)
    assert "\\t0\\t" not in outcome.stdout.decode()


def test_daemons_end_with_the_program_that_left_them(sandbox: Bubblewrap) -> None:
    name = f"fc-daemon-{os.getpid()}-{time.monotonic_ns()}"
    code = f"""
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for fd in range(3):
                    os.close(fd)
                os.execv("/bin/sh", ["{name}", "-c", "sleep 1000; true"])
            os._exit(0)
        time.sleep(0.2)
    """
    assert python(sandbox, code).succeeded
    assert _processes_named(name) == []


def test_nothing_is_left_when_the_worker_is_killed(tmp_path: Path) -> None:
    name = f"fc-orphan-{os.getpid()}-{time.monotonic_ns()}"
    begin = f"""
        from bot.sandbox.bubblewrap import Bubblewrap
        from bot.sandbox.port import SandboxOrder
        command = ["bash", "-c", "exec -a {name} sleep 1000"]
        Bubblewrap().run(SandboxOrder(command=command))
    """
    worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(begin)], cwd=ROOT)
    _until(lambda: bool(_processes_named(name)))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    _until(lambda: not _processes_named(name))


def test_several_at_once_neither_see_nor_starve_one_another(sandbox: Bubblewrap) -> None:
    busy = """
        import os, time
        open("/tmp/mine", "x").close()
        for _ in range(20):
            if os.fork() == 0:
                time.sleep(1.5)
                os._exit(0)
        time.sleep(0.7)
        print(len([name for name in os.listdir("/proc") if name.isdigit()]))
    """
    with ThreadPoolExecutor(4) as several:
        outcomes = list(
            several.map(lambda _: python(sandbox, busy, limits=limits(processes=24)), range(4))
        )
    assert [(one.ending, one.stdout) for one in outcomes] == [(Ending.EXITED, b"22\n")] * 4


def test_nothing_is_left_open_or_on_disk_afterwards(sandbox: Bubblewrap) -> None:
    run(sandbox, "true")
    before = (len(list(Path("/proc/self/fd").iterdir())), threading.active_count())
    for command in ("true", "no-such-tool"):
        run(sandbox, command, files={"a": SandboxFile(content=b"x")})
    run(sandbox, "sleep", "9", limits=limits(time_s=0.3))
    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


# Where it is not to be had ---------------------------------------------------------------------


def test_without_bubblewrap_it_says_so_and_how_to_mend_it() -> None:
    absent = Bubblewrap(program="no-such-bwrap")
    assert "apt install bubblewrap" in str(absent.problem())
    with pytest.raises(NotSupported) as refused:
        absent.run(SandboxOrder(command=["true"]))
    assert refused.value.reason == "no_sandbox"


def test_where_the_kernel_refuses_it_says_what_would_help(tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: Creating new namespace failed: Operation not permitted' >&2\n"
        "exit 1\n"
    )
    refusing.chmod(0o755)
    problem = str(Bubblewrap(program=str(refusing)).problem())
    assert "Operation not permitted" in problem
    assert "--queues verify" in problem


def test_a_mount_that_is_not_there_is_named(sandbox: Bubblewrap, tmp_path: Path) -> None:
    with pytest.raises(NotSupported) as refused:
        run(sandbox, "true", mounts={"/toolchain/python": tmp_path / "gone"})
    assert "/toolchain/python" in refused.value.message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_has_the_same_walls() -> None:
    """In a process of its own, by the system's Python, which everybody may run."""
    system = "/usr/bin/python3"
    version = subprocess.run(
        [system, "-c", "import sys; print(sys.version_info >= (3, 11))"],
        capture_output=True,
        check=False,
    )
    if version.stdout != b"True\n":
        pytest.skip("the system has no Python 3.11")
    code = f"""
        import json, sys
        sys.path.insert(0, {str(ROOT)!r})
        from bot.sandbox.bubblewrap import Bubblewrap
        from bot.sandbox.port import SandboxLimits, SandboxOrder
        sandbox = Bubblewrap()
        def run(text, *program, **limits):
            limits = SandboxLimits(**{{"time_s": 60.0, **limits}})
            command = [*(program or ("bash", "-c")), text]
            outcome = sandbox.run(SandboxOrder(command=command, limits=limits))
            return outcome.ending, outcome.exit_code, outcome.stdout.decode()
        print(json.dumps([
            sandbox.problem(),
            run("id -u; echo x > /usr/x; echo /proc/[0-9]*"),
            run(":() {{ : | : & : | : & wait; }}; :", processes=32),
            run("head -c 20M /dev/zero > big", disk_bytes=2**20),
            run("unshare -Ur true"),
            run({textwrap.dedent(_FORGING)!r}, {PYTHON!r}, "-c"),
        ]))
    """
    told = subprocess.run(
        [
            *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
            *(system, "-B", "-c", textwrap.dedent(code)),
        ],
        capture_output=True,
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        check=False,
    )
    if b"PermissionError" in told.stderr or b"No module named 'bot" in told.stderr:
        pytest.skip("this checkout lies where only its owner may read")
    problem, seen, forks, disk, namespaces, forging = json.loads(told.stdout or "null")
    if problem is not None:
        pytest.skip(f"ordinary users have no sandbox here: {problem}")
    assert seen == ["exited", 0, "1000\n/proc/1 /proc/2\n"]
    assert forks[0] == "too_many_processes"
    assert disk[0] == "too_much_disk"
    assert namespaces[1] != 0
    assert forging[:2] == ["exited", 1]


def _processes_named(name: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].decode(errors="replace") == name:
                found.append(int(entry.name))
    return found


def _until(true: object, patience_s: float = 30.0) -> None:
    end = time.monotonic() + patience_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
