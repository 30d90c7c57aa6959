import ast

from validation.fuzz.generate import generate
from validation.fuzz.script import FEATURES, Choice, Script


def test_a_network_is_determined_by_seed_and_number(seed):
    texts = [generate(seed, index).text() for index in range(5)]
    assert texts == [generate(seed, index).text() for index in range(5)]
    assert len(set(texts)) == 5
    assert generate(seed + 1, 0).text() != texts[0]


def test_every_declared_feature_is_used(seed):
    used = set().union(*(generate(seed, index).features for index in range(1500)))
    assert used == set(FEATURES)


def test_scripts_are_python_and_their_blocks_too(seed):
    for index in range(50):
        script = generate(seed, index)
        ast.parse(script.text())
        for block in script.blocks:
            ast.parse(block)


def test_every_way_to_integrate_and_to_write_a_refractory_period_is_declared():
    methods = "exact linear exponential_euler euler rk2 rk4 heun milstein".split()
    assert {f"method: {method}" for method in methods} <= set(FEATURES)
    assert sum(feature.startswith("refractoriness: ") for feature in FEATURES) == 7


def test_undeclared_features_and_double_declarations_are_errors():
    script = Script(1, 2)
    for wrong in (lambda: script.use("no such feature"), lambda: Choice("method", {"euler": 1})):
        try:
            wrong()
        except ValueError:
            continue
        raise AssertionError("no error")
