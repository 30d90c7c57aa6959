"""Random expressions of dimensionless variables, made so that they stay finite."""

from validation.fuzz.script import Choice, Script

FUNCTIONS = Choice(
    "function",
    {
        "sin": "sin({0})",
        "cos": "cos({0})",
        "tan": "tan(clip({0}, -1, 1))",
        "tanh": "tanh({0})",
        "sinh": "sinh(clip({0}, -2, 2))",
        "cosh": "cosh(clip({0}, -2, 2))",
        "arcsin": "arcsin(clip({0}, -1, 1))",
        "arccos": "arccos(clip({0}, -1, 1))",
        "arctan": "arctan({0})",
        "exp": "exp(-abs({0}))",
        "expm1": "expm1(clip({0}, -2, 2))",
        "exprel": "exprel(clip({0}, -2, 2))",
        "log": "log(1 + abs({0}))",
        "log10": "log10(1 + abs({0}))",
        "log1p": "log1p(abs({0}))",
        "sqrt": "sqrt(abs({0}))",
        "abs": "abs({0})",
        "sign": "sign({0})",
        "ceil": "ceil({0})",
        "floor": "floor({0})",
        "clip": "clip({0}, -0.5, {1})",
        "int": "int(clip({0}, -9, 9))",
        "power": "(clip({0}, -2, 2))**2",
        "root": "(1 + abs({0}))**-0.5",
        "quotient": "({0})/(1 + ({1})**2)",
        "product": "({0})*tanh({1})",
        "difference": "({0}) - ({1})",
        "floor division": "({0})//0.7",
        "remainder": "({0}) % 1.5",
        "comparison": "int(({0}) > ({1}))",
        "inequality": "(1 - int({0} != 0.3))*tanh({1})",
    },
)


def random_expression(script: Script, names: list[str], depth: int = 2) -> str:
    """
    Make a random expression.

    Parameters
    ----------
    script : `Script`
        The script, for its random numbers and features.
    names : list of str
        The dimensionless variables to use.
    depth : int
        How deep functions may be nested.

    Returns
    -------
    expression : str
        An expression with values between -2 and 2.
    """
    return f"clip({_expression(script, names, depth)}, -2, 2)"


def _expression(script: Script, names: list[str], depth: int) -> str:
    if depth == 0 or script.random.random() < 0.15:
        name = script.random.choice(names)
        return script.random.choice([name, f"{script.number(-2, 2)}*{name}", f"{name} + 0.3"])
    template = FUNCTIONS.draw(script)
    return template.format(*(_expression(script, names, depth - 1) for _ in range(2)))
