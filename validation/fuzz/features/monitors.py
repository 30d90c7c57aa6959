"""Monitors of every kind, and the places in a time step where they record."""

from validation.fuzz.script import Choice, Population, Script, declare

SPIKES = declare("SpikeMonitor")
SPIKE_VARIABLES = declare("SpikeMonitor with variables")
ONLY_COUNT = declare("SpikeMonitor without a record")
RATE = declare("PopulationRateMonitor")
EVENTS = declare("EventMonitor")
STATES = declare("StateMonitor")
SYNAPSES = declare("StateMonitor of synapses")
SUBGROUP = declare("monitor of a subgroup")
CLOCK = declare("StateMonitor with its own clock")

WHEN = Choice(
    "StateMonitor records at",
    {name: name for name in ("start", "after_groups", "thresholds", "before_resets", "end")},
)


def _part(script: Script, population: Population) -> str:
    if population.divisible and population.size > 2 and script.sometimes(SUBGROUP, 0.12):
        return f"{population.name}[1:{script.integer(2, population.size)}]"
    return population.name


def add_monitors(script: Script) -> None:
    """Record every group and all synapses of the script."""
    for source in script.sources:
        _record_spikes(script, source)
    for population in script.populations:
        _record_spikes(script, population)
        _record_events(script, population)
        if population.units:
            _record_states(script, population.name, list(population.units), population.size)
        if population.spikes and script.sometimes(RATE, 0.3):
            name = script.name("rate")
            part = _part(script, population)
            script.add(f"{name} = PopulationRateMonitor({part}, name='{name}')")
    for connection in script.connections:
        if connection.units and script.random.random() < 0.7:
            script.use(SYNAPSES)
            _record_states(script, connection.name, list(connection.units), None)


def _record_spikes(script: Script, population: Population) -> None:
    if not population.spikes:
        return
    script.use(SPIKES)
    name, arguments = script.name("spikes"), ""
    if population.units and script.sometimes(SPIKE_VARIABLES, 0.25):
        arguments = f", variables={list(population.units)}"
    elif script.sometimes(ONLY_COUNT, 0.1):
        arguments = ", record=False"
    part = _part(script, population)
    script.add(f"{name} = SpikeMonitor({part}{arguments}, name='{name}')")


def _record_events(script: Script, population: Population) -> None:
    for event in population.events:
        if event != "spike":
            script.use(EVENTS)
            name = script.name("events")
            variables = f", variables={list(population.units)[:1]}" if population.units else ""
            text = f"EventMonitor({population.name}, '{event}'{variables}, name='{name}')"
            script.add(f"{name} = {text}")


def _record_states(script: Script, owner: str, variables: list[str], size: int | None) -> None:
    script.use(STATES)
    name = script.name("states")
    record = "True"
    if size is not None and size > 2 and script.random.random() < 0.3:
        record = f"[0, {size - 1}]"
    when = WHEN.draw(script)
    clock = ", dt=0.5*ms" if script.sometimes(CLOCK, 0.12) else ""
    script.add(
        f"{name} = StateMonitor({owner}, {variables}, record={record}, when='{when}'{clock},\n"
        f"    name='{name}')"
    )
