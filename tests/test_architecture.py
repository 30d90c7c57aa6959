"""The arrows between the packages run one way, plugins use public names, nothing is too long."""

import configparser
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import Source

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "brian2_l2l": "brian2_l2l",
    "plugins": "brian2_l2l_plugins",
    "validation": "validation",
    "tests": "tests",
    "examples": "examples",
}
SOURCES = architecture.read(ROOT, FOLDERS)


def within(name):
    return {m: s for m, s in SOURCES.items() if m == name or m.startswith(name + ".")}


CORE, PLUGINS = within("brian2_l2l"), within("brian2_l2l_plugins")


def sources(**texts):
    """Return made-up modules; ``__`` in a name stands for the dot, a final ``__`` for a package."""
    made = [
        Source(name.removesuffix("__").replace("__", "."), text, name.endswith("__"))
        for name, text in texts.items()
    ]
    return {source.module: source for source in made}


def in_core(**texts):
    return sources(**{f"brian2_l2l__{name}": text for name, text in texts.items()})


def test_the_sources_are_found():
    assert {"brian2_l2l", "brian2_l2l.errors", "brian2_l2l.spec"} <= CORE.keys()
    assert "brian2_l2l_plugins.surrogates" in PLUGINS
    assert {"tests.test_architecture", "examples.third_party_plugin.l2l_logistic"} <= SOURCES.keys()


def test_arrows_run_one_way():
    assert architecture.wrong_arrows(SOURCES) == []


def test_there_are_no_cycles():
    assert architecture.cycles(SOURCES) == []


def test_a_tensor_without_a_place_is_found():
    where = "torch.zeros(3, device=device), torch.zeros_like(x)"
    core = in_core(mirror__a=where, mirror__b="x = torch.full((2,), 1.0)")
    assert architecture.tensors_without_device(core.values()) == [
        "brian2_l2l.mirror.b:1: torch.full makes a tensor without device="
    ]


def test_no_torch_below_the_mirror():
    assert architecture.torch_below_the_mirror(CORE) == []


def test_tensors_say_where_they_are():
    assert architecture.tensors_without_device([*CORE.values(), *PLUGINS.values()]) == []


def test_files_and_functions_are_short():
    assert architecture.too_long(SOURCES) == []


def test_plugins_use_public_names():
    example = SOURCES["examples.third_party_plugin.l2l_logistic"]
    assert architecture.private_uses([*PLUGINS.values(), example], CORE) == []


def test_the_core_names_no_method():
    names = architecture.methods(PLUGINS.values())
    assert architecture.named_methods(CORE.values(), names) == []


@pytest.fixture(scope="module")
def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def test_every_package_is_installed(setup):
    packages = {m for m, s in {**CORE, **PLUGINS}.items() if s.is_package}
    folders = {m if s.is_package else m.rpartition(".")[0] for m, s in {**CORE, **PLUGINS}.items()}
    assert folders == packages, "a folder has no __init__.py"
    assert set(setup["options"]["packages"].split()) == packages


def test_every_plugin_has_its_line_in_setup_cfg(setup):
    lines = setup["options.entry_points"]["brian2_l2l"].strip().splitlines()
    targets = {line.partition("=")[2].strip() for line in lines}
    modules = {module for module, source in PLUGINS.items() if "@hookimpl" in source.text}
    assert targets == modules


@pytest.mark.parametrize(
    "statement",
    [
        "import brian2_l2l.mirror.loop",
        "from brian2_l2l.mirror import loop",
        "from brian2_l2l.mirror.loop import run",
        "from ..mirror.loop import run",
        "def f():\n    from brian2_l2l import mirror",
        "if TYPE_CHECKING:\n    from brian2_l2l.mirror import loop",
        "import importlib\nimportlib.import_module('brian2_l2l.mirror')",
    ],
)
def test_an_arrow_backwards_is_seen(statement):
    modules = in_core(mirror__="", mirror__loop="", spec__record=statement)
    (complaint,) = architecture.wrong_arrows(modules)
    assert complaint.startswith("brian2_l2l.spec.record:") and "brian2_l2l.mirror" in complaint
    forwards = in_core(spec__="", mirror__loop="from brian2_l2l.spec import x")
    assert architecture.wrong_arrows(forwards) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("brian2_l2l__training__loop", "brian2_l2l_plugins__method"),
        ("brian2_l2l__mirror__loop", "brian2_l2l__"),
        ("brian2_l2l_plugins__method", "validation__reports"),
        ("brian2_l2l__plugins", "brian2_l2l__cli"),
    ],
)
def test_the_core_imports_neither_plugins_nor_its_own_door(importer, imported):
    dotted = imported.removesuffix("__").replace("__", ".")
    assert architecture.wrong_arrows(sources(**{importer: f"import {dotted}", imported: ""}))


def test_a_module_without_a_place_is_seen():
    assert architecture.wrong_arrows(in_core(helpers="")) == [
        "brian2_l2l.helpers: has no place in the layers"
    ]


def test_cycles_are_seen():
    modules = in_core(
        spec__a="def f():\n    from brian2_l2l.spec import b",
        spec__b="from brian2_l2l.spec.c import x",
        spec__c="from . import a",
    )
    assert architecture.cycles(modules) == ["brian2_l2l.spec: cycle through a -> b -> c -> a"]


def test_a_cycle_through_the_packages_own_door_is_seen():
    modules = in_core(spec__="from .a import x", spec__a="from brian2_l2l.spec import x")
    (complaint,) = architecture.cycles(modules)
    assert complaint == "brian2_l2l.spec: cycle through __init__ -> a -> __init__"


def test_a_cycle_of_packages_without_a_cycle_of_modules_is_seen():
    modules = in_core(
        tasks__a="from brian2_l2l.training import b",
        tasks__c="",
        training__b="",
        training__d="from brian2_l2l.tasks import c",
    )
    assert architecture.cycles(modules) == ["brian2_l2l: cycle through tasks -> training -> tasks"]


def test_torch_in_the_symbolic_part_is_seen():
    modules = in_core(models__lif="def f():\n    import torch.nn", mirror__loop="import torch")
    assert architecture.torch_below_the_mirror(modules) == [
        "brian2_l2l.models.lif:2: imports torch.nn"
    ]


def test_long_files_and_functions_are_seen():
    function = "@decorated\ndef f():\n" + "    pass\n" * 59
    assert architecture.too_long(sources(a=function)) == ["a:1: f() has 61 lines"]
    assert architecture.too_long(sources(a="\n" * 301)) == ["a: 301 lines, at most 300"]
    assert architecture.too_long(sources(a="\n" * 300 + "")) == []


PUBLIC_CORE = sources(
    brian2_l2l__="__all__ = ['mirror', 'train']",
    brian2_l2l__training__="__all__ = ['train']",
    brian2_l2l__training__loop="",
    brian2_l2l__errors="",
    brian2_l2l___hidden="",
)


@pytest.mark.parametrize(
    ("statement", "used"),
    [
        ("from brian2_l2l.training.loop import Loop", "brian2_l2l.training.loop.Loop"),
        ("from brian2_l2l.training import Loop", "brian2_l2l.training.Loop"),
        ("from brian2_l2l.training import loop", "brian2_l2l.training.loop"),
        ("from brian2_l2l.errors import _secret", "brian2_l2l.errors._secret"),
        ("from brian2_l2l import _hidden", "brian2_l2l._hidden"),
        ("from brian2_l2l import other", "brian2_l2l.other"),
        ("import brian2_l2l as l2l\nl2l.other()", "brian2_l2l.other"),
        ("import brian2_l2l.errors\nbrian2_l2l.errors._secret()", "brian2_l2l.errors._secret"),
        ("from brian2_l2l import training\ntraining.Loop", "brian2_l2l.training.Loop"),
    ],
)
def test_a_plugin_that_uses_private_names_is_seen(statement, used):
    plugin = Source("plugin", statement)
    assert f"{used} is not public" in "".join(architecture.private_uses([plugin], PUBLIC_CORE))


@pytest.mark.parametrize(
    "statement",
    [
        "import brian2_l2l as l2l\nl2l.train(l2l.mirror.anything)",
        "from brian2_l2l import train, errors\nerrors.L2LError",
        "from brian2_l2l.training import train",
        "import brian2\nbrian2.core._private",
    ],
)
def test_a_plugin_that_uses_public_names_is_left_alone(statement):
    assert architecture.private_uses([Source("plugin", statement)], PUBLIC_CORE) == []


def test_a_methods_name_in_the_core_is_seen():
    hook = "@hookimpl\ndef trainers():\n    return {'wizardry': train}"
    names = architecture.methods([Source("brian2_l2l_plugins.magic", hook)])
    assert {"magic", "wizardry", "bptt"} <= names
    core = in_core(mirror__loop="x = 1\n# faster for Wizardry\n", spec__="magical = BPTT")
    assert architecture.named_methods(core.values(), names) == [
        "brian2_l2l.mirror.loop:2: names the method Wizardry",
        "brian2_l2l.spec:1: names the method BPTT",
    ]
