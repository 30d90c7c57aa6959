"""
User functions that come with a torch implementation.

This is the one place that knows how such an implementation is declared.
"""

import textwrap

from validation.fuzz.script import Script, declare

FUNCTION = declare("user function with a torch implementation")

_TEXT = """
def {name}_torch(x, y):
    return x*(1 - y)/(1 + x*x)


@implementation('torch', {name}_torch)
@check_units(x=1, y=1, result=1)
def {name}(x, y):
    return x*(1 - y)/(1 + x*x)
"""


def user_function(script: Script) -> str:
    """Add a function of two dimensionless arguments to the script, and give its name."""
    script.use(FUNCTION)
    name = script.name("soften")
    script.add(textwrap.dedent(_TEXT.format(name=name)))
    return name
