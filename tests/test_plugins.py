import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from brian2 import prefs
from brian2.utils.logger import catch_logs

from brian2_l2l import plugins
from brian2_l2l.entry_points import Source, find_sources
from brian2_l2l.errors import PluginError
from brian2_l2l.hookspecs import hookimpl
from brian2_l2l.surrogates import Surrogate

ROOT = Path(__file__).parents[1]
SQUARE = Surrogate("x", "0.5 * x**2")


def plugin(**hooks):
    """Return a plugin object whose hooks return the given values, or call them."""
    functions = {
        name: hookimpl(lambda self, value=value: value() if callable(value) else value)
        for name, value in hooks.items()
    }
    return type("Plugin", (), functions)()


def source(name, load, distribution="fake"):
    return Source(name, distribution, "1.0", load)


def raiser(error):
    def fail():
        raise error

    return fail


GOOD = source("good", lambda: plugin(surrogates={"square": SQUARE}))


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError


BROKEN = {
    "import": (raiser(ModuleNotFoundError("No module named 'gone'")), "No module named 'gone'"),
    "exit": (raiser(SystemExit(3)), "SystemExit: 3"),
    "unprintable": (raiser(UnprintableError()), "UnprintableError"),
    "no_hooks": (lambda: plugin(), "mark its functions with @hookimpl"),
    "nothing": (lambda: None, "no hooks"),
    "unknown_hook": (
        lambda: plugin(surogates={"square": SQUARE}),
        "no hook 'surogates'. Did you mean 'surrogates'?",
    ),
    "hook_raises": (lambda: plugin(tasks=raiser(ValueError("no data"))), "ValueError: no data"),
    "half_raises": (
        lambda: plugin(surrogates={"half": SQUARE}, tasks=raiser(ValueError("no data"))),
        "ValueError: no data",
    ),
    "no_mapping": (lambda: plugin(surrogates=[SQUARE]), "return a mapping"),
    "no_surrogate": (lambda: plugin(surrogates={"square": "x"}), "a Surrogate as the value"),
    "no_callable": (lambda: plugin(trainers={"method": 3}), "a callable as the value"),
    "no_command": (lambda: plugin(commands={"go": print}), "run(arguments) as the value"),
    "no_name": (lambda: plugin(trainers={3: print}), "a string as the name"),
    "argument": (
        lambda: type("Plugin", (), {"tasks": hookimpl(lambda self, extra: {})})(),
        "extra",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_one_warning_and_harms_no_other(name):
    load, reason = BROKEN[name]
    last = source("last", lambda: plugin(surrogates={"last": SQUARE}))
    with catch_logs(only_from=("brian2_l2l",)) as logs:
        manager = plugins.PluginManager([GOOD, source(name, load, "third-party"), last])
        assert manager.names("surrogates") == ["last", "square"]
    assert len(logs) == 1
    level, _, message = logs[0]
    assert level == "WARNING"
    assert f"The plugin {name!r} of third-party 1.0 is skipped" in message
    assert reason in message
    assert [info.state for info in manager.listing()] == ["ok", "broken", "ok"]
    assert reason in manager.listing()[1].reason


def test_ctrl_c_during_an_import_is_not_swallowed():
    with pytest.raises(KeyboardInterrupt):
        plugins.PluginManager([source("slow", raiser(KeyboardInterrupt()))])


def test_the_first_of_two_plugins_keeps_a_name():
    other = Surrogate("1", "x")
    both = plugin(surrogates={"square": other, "line": other})
    with catch_logs(only_from=("brian2_l2l",)) as logs:
        manager = plugins.PluginManager([GOOD, source("second", lambda: both, "other")])
    assert manager.get("surrogates", "square") is SQUARE
    assert manager.get("surrogates", "line") is other
    assert len(logs) == 1
    assert "'second' of other 1.0" in logs[0][2] and "'good' of fake 1.0" in logs[0][2]
    second = manager.listing()[1]
    assert (second.state, second.contributions) == ("ok", {"surrogates": ["line"]})
    assert "'square' is taken by the plugin 'good' of fake 1.0" in second.refused[0]


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    with catch_logs(only_from=("brian2_l2l",)):
        manager = plugins.PluginManager([GOOD, source("bad", raiser(ValueError("why")), "p")])
    with pytest.raises(PluginError) as error:
        manager.get("surrogates", "sqare")
    assert "Did you mean 'square'?" in str(error.value)
    assert "Known: 'square'" in str(error.value)
    assert "skipped: 'bad' of p 1.0 (ValueError: why)" in str(error.value)
    with pytest.raises(PluginError, match="'surrogate'. Did you mean 'surrogates'"):
        manager.names("surrogate")


def test_resolve_takes_names_and_objects():
    manager = plugins.PluginManager([GOOD])
    other = Surrogate("1", "x")
    assert manager.resolve("surrogates", "square") is SQUARE
    assert manager.resolve("surrogates", other) is other
    assert manager.resolve("trainers", print) is print
    with pytest.raises(PluginError, match="give a Surrogate, or one of the names 'square'"):
        manager.resolve("surrogates", print)


def test_a_disabled_plugin_is_not_imported():
    never = source("never", raiser(AssertionError("it was imported")))
    manager = plugins.PluginManager([never, GOOD], disabled=["never"])
    assert [info.state for info in manager.listing()] == ["disabled", "ok"]


def test_the_preference_disables_an_installed_plugin():
    assert "triangular" in plugins.names("surrogates")
    prefs["l2l.plugins_disabled"] = ["surrogates"]
    assert "triangular" not in plugins.names("surrogates")
    prefs["l2l.plugins_disabled"] = []
    assert "triangular" in plugins.names("surrogates")


def metadata_folder(folder, name, entry_points, version="1.0"):
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(entry_points)


def test_sources_come_in_a_fixed_order_and_once(tmp_path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        metadata_folder(folder, "zebra", "[brian2_l2l]\ntwo = z.two\none = z.one\n")
        metadata_folder(folder, "aardvark", "[brian2_l2l]\nplugin = a\n[other]\nx = y\n")
        metadata_folder(folder, "brian2_l2l", "[brian2_l2l]\nown = b\n")
    paths = [str(tmp_path / "a"), str(tmp_path / "b")]
    found = find_sources(importlib.metadata.distributions(path=paths))
    assert [(s.distribution, s.name) for s in found] == [
        ("brian2_l2l", "own"),
        ("aardvark", "plugin"),
        ("zebra", "one"),
        ("zebra", "two"),
    ]


def test_unreadable_entry_points_hide_no_other_plugin(tmp_path):
    metadata_folder(tmp_path, "unrelated", "[other]\nno entry\n")
    metadata_folder(tmp_path, "damaged", "[brian2_l2l]\nno entry\n")
    metadata_folder(tmp_path, "sound", "[brian2_l2l]\nplugin = sound\n")
    found = find_sources(importlib.metadata.distributions(path=[str(tmp_path)]))
    assert [s.distribution for s in found] == ["damaged", "sound"]
    with catch_logs(only_from=("brian2_l2l",)) as logs:
        info = plugins.PluginManager(found[:1]).listing()[0]
    assert (info.distribution, info.state, len(logs)) == ("damaged", "broken", 1)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install the example plugin with pip, and a package that cannot be imported beside it."""
    folder = tmp_path_factory.mktemp("plugins")
    # A copy, because a build leaves files beside the sources.
    shutil.copytree(ROOT / "examples" / "third_party_plugin", folder / "sources")
    target = folder / "site"
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
    subprocess.run([*command, str(folder / "sources")], check=True)
    metadata_folder(target, "broken_package", "[brian2_l2l]\nbad = broken_module\n")
    (target / "broken_module.py").write_text("import a_module_that_is_not_installed\n")
    return target


def run(arguments, folder):
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )


def test_an_installed_plugin_is_listed_and_a_broken_one_named(installed):
    done = run(["-m", "brian2_l2l", "plugins"], installed)
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "ok" in rows["logistic"] and "surrogates: logistic" in rows["logistic"]
    assert "l2l_logistic 1.0" in rows["logistic"]
    assert "broken" in rows["bad"] and "a_module_that_is_not_installed" in rows["bad"]
    assert "triangular" in rows["surrogates"]
    assert done.stderr.count("WARNING") == 1
    assert "'bad' of broken_package 1.0" in done.stderr
    assert "a_module_that_is_not_installed" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_installed_plugin_can_be_used(installed):
    code = "from brian2_l2l import plugins; print(plugins.get('surrogates', 'logistic').derivative)"
    assert "tanh" in run(["-c", code], installed).stdout
