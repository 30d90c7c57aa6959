"""C++ source -> a loaded shared library, by the system's compiler, kept in a cache on disk."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from brian2.core.preferences import prefs
from brian2.utils.logger import get_logger

import brian2_l2l.prefs  # noqa: F401  registers the preferences that are read here

from ...errors import CompilerError, CompilerMissingError

__all__ = [
    "Build",
    "find_compiler",
    "find_program",
    "headers",
    "load",
    "sanitizer_environment",
]

logger = get_logger(__name__)

#: The files with the part of every program that does not depend on the network, in their order.
HEADERS = ("kernels.h", "memory.h", "kernels_dense.h", "kernels_sparse.h")

FLAGS = ("-std=c++17", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fPIC")
FLAGS += ("-shared", "-pthread")
OPTIMISATION = "-O3"

#: Programs that the cache keeps: those used last.
KEPT = 200
#: What the names of the folders begin with in which programs are built.
WORKPLACE = "build-"
#: The seconds after which such a folder is one that a build left when it was killed.
ABANDONED = 24 * 3600


@dataclass(frozen=True)
class Build:
    """
    How to compile a program.

    Parameters
    ----------
    double : bool
        The program computes in double precision. Its results are compared to the bit with those of
        the plain lowering, so that a product and a sum are not made one operation.
    sanitize : bool
        End the process at a wrong access to memory or undefined behaviour. The sanitizers must be
        in the process from its beginning: start it with `sanitizer_environment`, or as::

            LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libstdc++.so)" \
            ASAN_OPTIONS=detect_leaks=0 python ...
    """

    double: bool = False
    sanitize: bool = False

    suffix = ".cpp"

    def find(self) -> tuple[str, ...]:
        """Return the command of the compiler."""
        return find_compiler()

    def more(self, version: str) -> tuple[str, ...]:
        """Return the flags that depend on what the compiler says of itself."""
        # Clang has OpenMP only where its library has been installed too.
        return ("-fopenmp",) if "Free Software Foundation" in version else ()

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags for the compiler, without those for the files."""
        flags = (*FLAGS, f"-ffp-contract={'off' if self.double else 'fast'}")
        if platform.machine().lower() in ("x86_64", "amd64"):
            # Else GCC uses half the width of the newest processors.
            flags += ("-mprefer-vector-width=512",)
        if not self.sanitize:
            return (*flags, OPTIMISATION)
        sanitizers = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
        return (*flags, "-O1", "-g", "-fno-omit-frame-pointer", *sanitizers)


@cache
def headers() -> str:
    """Return the text that stands before every generated program."""
    folder = Path(__file__).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in HEADERS)


def load(source: str, build: Build | None = None) -> ctypes.CDLL:
    """
    Compile a program, or take it from the cache, and load it.

    Parameters
    ----------
    source : str
        A C++17 program; what is called from outside is declared ``extern "C"``.
    build : `Build`, optional
        How to compile it: by default in single precision, for speed.

    Returns
    -------
    library : ctypes.CDLL
        The loaded library.

    Raises
    ------
    CompilerMissingError
        If there is no C++ compiler.
    CompilerError
        If the program cannot be compiled, kept or loaded.
    """
    build = build or Build()
    compiler = build.find()
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        version = _version(compiler, folder)
        command = (*compiler, *build.flags, *build.more(version))
        described = (source, *command, version, _processor())
        name = hashlib.sha256("\0".join(described).encode()).hexdigest()[:32]
        program = folder / f"{name}{build.suffix}"
        return _from_cache(folder / f"{name}.so") or _built(program, source, command)
    except OSError as error:
        raise CompilerError(
            f"Cannot keep or load compiled programs in {folder}: {error}. Name another folder: "
            "prefs.l2l.cache_dir = '...'"
        ) from error


def find_compiler() -> tuple[str, ...]:
    """
    Return the command of the C++ compiler: the preference ``l2l.cxx``, $CXX, or one on the PATH.

    Raises
    ------
    CompilerMissingError
        If there is none.
    """
    asked = prefs["l2l.cxx"] or os.environ.get("CXX", "")
    found = find_program(asked, ("c++", "g++", "clang++"))
    if found:
        return found
    what = f"{asked!r} is not a program" if asked.strip() else "no c++, g++ or clang++ on the PATH"
    raise CompilerMissingError(
        f"There is no C++ compiler ({what}): install g++ or clang++, or name one: "
        "prefs.l2l.cxx = '/path/to/g++'"
    )


def find_program(asked: str, usual: Sequence[str]) -> tuple[str, ...] | None:
    """Return the command that was asked for, or else the first of the usual ones that is there."""
    candidates = [shlex.split(asked)] if asked.strip() else [[name] for name in usual]
    for program, *arguments in candidates:
        path = shutil.which(program)
        if path:
            return (path, *arguments)
    return None


def sanitizer_environment() -> dict[str, str]:
    """
    Return the environment variables of a process that loads programs with ``sanitize=True``.

    Python's own leaks are not looked for.
    """
    # The sanitizers need the functions that throw before the first library that throws is loaded.
    libraries = (
        _output((*find_compiler(), f"-print-file-name={name}")).strip()
        for name in ("libasan.so", "libstdc++.so")
    )
    return {"LD_PRELOAD": " ".join(libraries), "ASAN_OPTIONS": "detect_leaks=0"}


def cache_folder() -> Path:
    """Return the folder of the preference ``l2l.cache_dir``, by default in the user's cache."""
    if prefs["l2l.cache_dir"]:
        return Path(prefs["l2l.cache_dir"]).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "brian2_l2l"


def _version(compiler: tuple[str, ...], folder: Path) -> str:
    # Starting the compiler takes longer than all the rest of a warm start, so what it says is kept
    # for as long as its file is the same.
    status = os.stat(compiler[0])
    described = f"{compiler} {status.st_mtime_ns} {status.st_size}"
    path = folder / f"compiler-{hashlib.sha256(described.encode()).hexdigest()[:16]}.txt"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        version = _output((*compiler, "--version"))
        with suppress(OSError), _workplace(folder) as work:
            _put(version.encode(), path, work)
        return version


def _output(command: tuple[str, ...]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@cache
def _processor() -> str:
    # What -march=native depends on: another machine may share the folder.
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            wanted = ("vendor_id", "cpu family", "model", "flags", "Features", "CPU part")
            first = takewhile(str.strip, lines)
            return platform.machine() + "".join(line for line in first if line.startswith(wanted))
    except OSError:
        return f"{platform.machine()} {platform.processor()} {platform.system()}"


def _from_cache(path: Path) -> ctypes.CDLL | None:
    # The file ends with a hash of the rest: to load one that was cut short can end the process.
    try:
        content = path.read_bytes()
        if content[-32:] != hashlib.sha256(content[:-32]).digest():
            return None
        with suppress(OSError):
            # A folder that others have filled may be for reading only.
            os.utime(path)
        return ctypes.CDLL(str(path))
    except OSError:
        # Never built, removed by another process just now, or made for another system.
        return None


def _built(program: Path, source: str, command: tuple[str, ...]) -> ctypes.CDLL:
    # Other processes may build the same at once: each in a folder of its own, then renamed.
    library = program.with_suffix(".so")
    with _workplace(program.parent) as work:
        _put(source.encode(), program, work)
        made = os.path.join(work, "made.so")
        _compile([*command, str(program), "-o", made], program)
        content = Path(made).read_bytes()
        _put(content + hashlib.sha256(content).digest(), library, work)
        loaded = ctypes.CDLL(str(library))
    _prune(program.parent)
    return loaded


def _workplace(folder: Path) -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(dir=folder, prefix=WORKPLACE)


def _compile(command: list[str], program: Path) -> None:
    logger.debug(shlex.join(command))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompilerError(
            f"The generated program {program} does not compile. Please report it with this "
            f"message.\n{shlex.join(command)}\n{done.stderr}"
        )


def _put(content: bytes, path: Path, work: str) -> None:
    # Others see the whole file or none.
    part = os.path.join(work, "part")
    Path(part).write_bytes(content)
    os.replace(part, path)


def _prune(folder: Path) -> None:
    """Remove what was used least recently, whatever other processes add and remove meanwhile."""
    used: dict[str, float] = {}
    for entry in os.scandir(folder):
        try:
            when = entry.stat().st_mtime
        except FileNotFoundError:
            continue
        if not entry.name.startswith(WORKPLACE):
            stem = entry.name.partition(".")[0]
            used[stem] = max(used.get(stem, 0), when)
        elif when < time.time() - ABANDONED:
            shutil.rmtree(entry.path, ignore_errors=True)
    for stem in sorted(used, key=used.get)[:-KEPT]:
        for suffix in (".so", ".cpp", ".cu", ".txt"):
            (folder / f"{stem}{suffix}").unlink(missing_ok=True)
