"""Generated programs are compiled once, kept safely, and errors say what to do."""

import ctypes
import os
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from brian2 import prefs

from brian2_l2l.errors import CompilerError, CompilerMissingError
from brian2_l2l.mirror.fused import compiler
from brian2_l2l.mirror.fused.compiler import Build

pytestmark = pytest.mark.usefixtures("optimised")


def program(number):
    return f'extern "C" int number() {{ return {number}; }}\n'


@pytest.fixture
def cache(tmp_path):
    """Return the folder of the cache, new for each test."""
    try:
        compiler.find_compiler()
    except CompilerMissingError as missing:
        pytest.skip(str(missing))
    prefs.l2l.cache_dir = str(tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def calls(cache, tmp_path):
    """Put a script before the compiler that writes down its arguments, and return what it wrote."""
    script, log = tmp_path / "cxx", tmp_path / "calls"
    real = " ".join(compiler.find_compiler())
    # Long enough for processes that begin together to compile at the same time.
    script.write_text(f'#!/bin/sh\necho "$@" >> {log}\nsleep 0.3\nexec {real} "$@"\n')
    script.chmod(0o755)
    prefs.l2l.cxx = str(script)
    return lambda: [line.split() for line in log.read_text().splitlines()]


def compilations(calls):
    return [arguments for arguments in calls() if "-o" in arguments]


def libraries(cache):
    return sorted(path.stem for path in cache.glob("*.so"))


def test_a_program_is_compiled_once(cache, calls):
    for _ in range(3):
        assert compiler.load(program(5)).number() == 5
    assert len(compilations(calls)) == 1
    assert len(calls()) == 2, "the compiler is asked for its version once"
    (name,) = libraries(cache)
    assert (cache / f"{name}.cpp").read_text() == program(5)
    assert not list(cache.glob("build-*"))


def test_what_is_different_is_compiled(cache, calls, monkeypatch):
    assert compiler.load(program(1)).number() == 1
    assert compiler.load(program(2)).number() == 2
    assert compiler.load(program(1), Build(double=True)).number() == 1
    with monkeypatch.context() as patch:
        patch.setattr(compiler, "_processor", lambda: "another")
        assert compiler.load(program(1)).number() == 1
    assert len(compilations(calls)) == len(libraries(cache)) == 4


def test_a_new_version_of_the_compiler_compiles_again(cache, calls):
    compiler.load(program(1))
    script = Path(prefs["l2l.cxx"])
    text = script.read_text()
    script.write_text(text + "# another file, the same version\n")
    compiler.load(program(1))
    assert len(compilations(calls)) == 1
    answer = '[ "$1" = --version ] && echo 99 && exit\n'
    script.write_text(text.replace("exec", f"{answer}exec"))
    compiler.load(program(1))
    assert len(compilations(calls)) == 2
    assert [arguments for arguments in calls() if "-o" not in arguments] == [["--version"]] * 3


def _number(value):
    return compiler.load(program(value)).number()


def test_processes_compile_the_same_at_once(cache, calls):
    with get_context("fork").Pool(3) as pool:
        assert pool.map(_number, [7] * 3, chunksize=1) == [7] * 3
    assert len(compilations(calls)) > 1, "they did not meet"
    assert len(libraries(cache)) == 1
    assert compiler.load(program(7)).number() == 7
    assert not list(cache.glob("build-*"))


@pytest.mark.parametrize("left", [0, 0.5, 0.999])
def test_a_library_that_was_cut_short_is_built_again(cache, calls, left):
    compiler.load(program(3))
    (path,) = cache.glob("*.so")
    content = path.read_bytes()
    # A new file: this process has mapped the old one.
    path.unlink()
    path.write_bytes(content[: int(left * len(content))])
    assert compiler.load(program(3)).number() == 3
    assert len(compilations(calls)) == 2
    assert path.read_bytes() == content


def test_a_library_for_another_system_is_built_again(cache, calls, monkeypatch):
    compiler.load(program(3))
    library, tried = ctypes.CDLL, []

    def refuse_once(path):
        tried.append(path)
        if len(tried) == 1:
            raise OSError("version `GLIBC_2.99' not found")
        return library(path)

    monkeypatch.setattr(compiler.ctypes, "CDLL", refuse_once)
    assert compiler.load(program(3)).number() == 3
    assert len(compilations(calls)) == 2


def test_products_and_sums_stay_apart_in_double_precision(cache):
    source = 'extern "C" double f(double a, double b, double c) { return a * b + c; }'
    f = compiler.load(source, Build(double=True)).f
    f.restype, f.argtypes = ctypes.c_double, [ctypes.c_double] * 3
    a = 1 + 2**-30
    assert f(a, a, -(1 + 2**-29)) == 0


def test_unused_programs_are_removed(cache, monkeypatch):
    monkeypatch.setattr(compiler, "KEPT", 4)
    compiler.load(program(0))
    (used,) = libraries(cache)
    for age in range(6):
        for suffix in (".so", ".cpp"):
            path = cache / f"old{age}{suffix}"
            path.touch()
            os.utime(path, (1000 - age, 1000 - age))
    (cache / "build-killed").mkdir()
    os.utime(cache / "build-killed", (1, 1))
    for path in cache.glob(f"{used}.*"):
        os.utime(path, (900, 900))
    assert compiler.load(program(0)).number() == 0, "this use makes it young"
    compiler.load(program(1))
    # The compiler's version is the fourth.
    assert used in libraries(cache) and "old0" in libraries(cache)
    assert len(libraries(cache)) == len(list(cache.glob("*.cpp"))) == 3
    assert not (cache / "build-killed").exists()


def test_what_another_process_builds_stays(cache, monkeypatch):
    monkeypatch.setattr(compiler, "KEPT", 1)
    (cache / "build-now").mkdir(parents=True)
    hour = 3600
    os.utime(cache / "build-now", (time.time() - hour,) * 2)
    compiler.load(program(0))
    compiler.load(program(1))
    assert (cache / "build-now").exists() and len(libraries(cache)) < 2


def test_a_folder_for_reading_only_that_has_the_program(cache, calls, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError("read-only file system")

    compiler.load(program(6))
    # The superuser may write everywhere.
    for owner, name in [(os, "utime"), (os, "replace"), (compiler.tempfile, "TemporaryDirectory")]:
        monkeypatch.setattr(owner, name, refuse)
    assert compiler.load(program(6)).number() == 6
    for path in cache.glob("compiler-*.txt"):
        path.unlink()
    assert compiler.load(program(6)).number() == 6
    assert len(compilations(calls)) == 1
    with pytest.raises(CompilerError, match=r"prefs\.l2l\.cache_dir"):
        compiler.load(program(7))


def test_what_another_process_has_removed_is_no_error(cache, monkeypatch):
    monkeypatch.setattr(compiler, "KEPT", 1)
    cache.mkdir()
    (cache / "gone.so").symlink_to(cache / "nowhere")
    assert compiler.load(program(4)).number() == 4


def test_no_compiler(monkeypatch, tmp_path):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompilerMissingError, match=r"install g\+\+ or clang\+\+.*prefs\.l2l\.cxx"):
        compiler.load(program(1))
    prefs.l2l.cxx = "no-such-compiler -O3"
    with pytest.raises(CompilerMissingError, match="'no-such-compiler -O3' is not a program") as no:
        compiler.load(program(1))
    assert "\n" not in str(no.value)


def test_which_compiler(monkeypatch, tmp_path):
    for name in ("c++", "clang++", "first", "second"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert compiler.find_compiler() == (f"{tmp_path}/c++",)
    (tmp_path / "c++").unlink()
    assert compiler.find_compiler() == (f"{tmp_path}/clang++",)
    monkeypatch.setenv("CXX", "first -m64")
    assert compiler.find_compiler() == (f"{tmp_path}/first", "-m64")
    prefs.l2l.cxx = "second"
    assert compiler.find_compiler() == (f"{tmp_path}/second",)


def test_a_program_that_does_not_compile(cache):
    with pytest.raises(CompilerError, match="report") as error:
        compiler.load('extern "C" int f() { return unknown_name; }')
    (source,) = cache.glob("*.cpp")
    assert str(source) in str(error.value) and "unknown_name" in str(error.value)
    assert not list(cache.glob("*.so")) and not list(cache.glob("build-*"))


def test_a_folder_that_cannot_be_written(cache):
    prefs.l2l.cache_dir = __file__
    with pytest.raises(CompilerError, match=r"prefs\.l2l\.cache_dir"):
        compiler.load(program(1))


def test_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compiler.cache_folder() == tmp_path / "brian2_l2l"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert compiler.cache_folder() == tmp_path / "home" / ".cache" / "brian2_l2l"
    prefs.l2l.cache_dir = "~/elsewhere"
    assert compiler.cache_folder() == tmp_path / "home" / "elsewhere"


SANITIZED = """
from brian2 import prefs
from brian2_l2l.mirror.fused import compiler
prefs.l2l.cache_dir = {folder!r}
source = 'extern "C" int f(int n) {{ int* a = new int[4](); int b = a[n]; delete[] a; return b; }}'
print("read", compiler.load(source, compiler.Build(sanitize=True)).f({index}))
"""


@pytest.mark.parametrize(("index", "wrong"), [(3, False), (4, True)])
def test_the_sanitizers_end_a_process(cache, index, wrong):
    environment = {**os.environ, **compiler.sanitizer_environment()}
    command = [sys.executable, "-c", SANITIZED.format(folder=str(cache), index=index)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    reported = "runtime error" in done.stderr or "heap-buffer-overflow" in done.stderr
    assert (done.returncode != 0) == reported == wrong, done.stderr
    assert ("read 0" in done.stdout) == (not wrong)
