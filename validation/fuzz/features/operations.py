"""What a user does to a group besides its equations: regular code, Python between the steps."""

from validation.fuzz.script import Choice, Population, Script, declare

from .expressions import random_expression

NETWORK_OPERATION = declare("network_operation")
REGULAR = Choice(
    "run_regularly",
    {
        "deterministic": "{v} = 0.98*{v} + 0.1*({step})",
        "rand": "{v} += {step}*(rand() - 0.3)",
        "randn": "{v} += 0.3*{step}*randn()",
        "poisson": "{v} += 0.2*{step}*poisson(0.8)",
        "conditional": "{v} += {step}*int(i % 2 == 0 and t > 2*ms)",
        "random expression": "{v} += {step}*({expression})",
    },
)


def add_regular(script: Script, population: Population) -> None:
    """Perhaps run some code on the group at regular times."""
    if not population.targets or script.random.random() > 0.35:
        return
    variable, step = script.random.choice(list(population.targets.items()))
    template = REGULAR.draw(script)
    expression = "0"
    if "{expression}" in template:
        expression = random_expression(script, ["i*0.3", "t/(4*ms)", "0.7"])
    code = template.format(v=variable, step=step, expression=expression)
    clock = script.random.choice(["dt=1*ms", "dt=0.5*ms", "when='after_groups'", "when='end'"])
    script.add(f"{population.name}.run_regularly('{code}', {clock})")


def add_network_operation(script: Script, population: Population) -> None:
    """Perhaps let a Python function change the group between the time steps."""
    if not population.targets or not script.sometimes(NETWORK_OPERATION, 0.12):
        return
    variable, step = script.random.choice(list(population.targets.items()))
    name = script.name("operation")
    script.add(f"""
        @network_operation(dt=1*ms, name='{name}')
        def {name}():
            {population.name}.{variable}[0] += {step}
    """)
