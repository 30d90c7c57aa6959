"""Spike sources and inputs from outside: Poisson groups, given spikes, Poisson inputs."""

from validation.fuzz.script import Choice, Population, Script, declare

PERIOD = declare("SpikeGeneratorGroup with a period")
SOURCE_CLOCK = declare("spike source with its own clock")
POISSON_INPUT = declare("PoissonInput")


def _clock(script: Script) -> str:
    return ", dt=0.2*ms" if script.sometimes(SOURCE_CLOCK, 0.12) else ""


def constant_rate(script: Script) -> Population:
    """Add a PoissonGroup with one rate."""
    name, size, clock = script.name("P"), script.integer(3, 20), _clock(script)
    rate = script.number(50, 300)
    script.add(f"{name} = PoissonGroup({size}, rates={rate}*Hz, name='{name}'{clock})")
    return Population(name, size, {})


def rate_string(script: Script) -> Population:
    """Add a PoissonGroup with rates that depend on the neuron and on time."""
    name, size, clock = script.name("P"), script.integer(3, 20), _clock(script)
    rates = script.random.choice(
        ["(20 + 20*i)*Hz", "(150 + 150*sin(2*pi*t/(10*ms) + i))*Hz", "300*Hz*int(t > 3*ms)"]
    )
    script.add(f"{name} = PoissonGroup({size}, rates='{rates}', name='{name}'{clock})")
    return Population(name, size, {})


def rate_array(script: Script) -> Population:
    """Add a PoissonGroup with one rate for each neuron."""
    name, size, clock = script.name("P"), script.integer(3, 20), _clock(script)
    rates = f"linspace(30, 400, {size})*Hz"
    script.add(f"{name} = PoissonGroup({size}, rates={rates}, name='{name}'{clock})")
    return Population(name, size, {})


def rate_timed_array(script: Script) -> Population:
    """Add a PoissonGroup with rates from a TimedArray."""
    name, size, clock = script.name("P"), script.integer(3, 20), _clock(script)
    script.add(f"""
        rates_{name} = TimedArray(array([100, 400, 0, 250])*Hz, dt=3*ms)
        {name} = PoissonGroup({size}, rates='rates_{name}(t)', name='{name}'{clock})
    """)
    return Population(name, size, {})


def given_spikes(script: Script) -> Population:
    """Add a SpikeGeneratorGroup, with sorted or unsorted spikes, perhaps repeated."""
    name, size, clock = script.name("SG"), script.integer(2, 12), _clock(script)
    count = script.integer(8, 40)
    length = script.random.choice([5, 9, 20])
    order = sorted(range(count), key=lambda _: script.random.random())
    spikes = sorted(
        {(script.integer(0, size - 1), script.integer(0, length * 5 - 1)) for _ in order}
    )
    script.random.shuffle(spikes)
    period = f", period={length + script.integer(0, 2)}*ms" if script.sometimes(PERIOD, 0.4) else ""
    indices, steps = ([spike[column] for spike in spikes] for column in (0, 1))
    script.add(f"""
        {name} = SpikeGeneratorGroup({size}, {indices},
            array({steps})*0.2*ms{period}, name='{name}'{clock})
    """)
    return Population(name, size, {}, divisible=False)


SOURCES = Choice(
    "source",
    {
        "PoissonGroup, one rate": constant_rate,
        "PoissonGroup, string": rate_string,
        "PoissonGroup, array": rate_array,
        "PoissonGroup, TimedArray": rate_timed_array,
        "SpikeGeneratorGroup": given_spikes,
    },
)


def add_source(script: Script) -> Population:
    """Add a spike source to the script."""
    return SOURCES.draw(script)(script)


def add_poisson_input(script: Script, population: Population) -> None:
    """Perhaps add a PoissonInput to one variable of the group."""
    if not population.targets or not script.sometimes(POISSON_INPUT, 0.2):
        return
    variable, step = script.random.choice(list(population.targets.items()))
    name = script.name("PI")
    script.add(f"""
        {name} = PoissonInput({population.name}, '{variable}', {script.integer(5, 40)},
            {script.number(10, 60)}*Hz, weight={script.random.choice([step, f"'0.5*({step})'"])})
    """)
