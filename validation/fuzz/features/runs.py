"""How the network is run: once or several times, with changes, stored and restored."""

from validation.fuzz.script import Choice, Script, declare

from .inputs import POISSON_INPUT

MAGIC = declare("magic network")
SCHEDULE = declare("schedule with slots of its own")
NAMESPACE = declare("namespace of the run")
CHANGES = Choice(
    "change between runs",
    {
        name: name
        for name in (
            "start values",
            "delays",
            "monitor switched off",
            "time step",
            "seed",
            "nothing",
        )
    },
)


def once(script: Script) -> None:
    """Run the network once."""
    script.add(_run(script, script.integer(8, 16)))


def several(script: Script) -> None:
    """Run the network two or three times, with changes in between."""
    script.add(f"{_network(script)}run({script.integer(4, 8)}*ms)")
    for _ in range(script.integer(1, 2)):
        change = _change(script)
        script.add("\n".join([*change, _run(script, script.integer(3, 6))]))


def restored(script: Script) -> None:
    """Run on, go back to the stored state, and run again."""
    script.add(_run(script, script.integer(3, 6)))
    script.add(f"{_network(script)}store('middle')\n{_run(script, 3)}")
    random_state = script.random.choice(["", ", restore_random_state=True"])
    restore = f"{_network(script)}restore('middle'{random_state})"
    script.add(f"{restore}\n{_run(script, script.integer(4, 8))}")


def stored_at_start(script: Script) -> None:
    """Store before the first run, and run the same twice."""
    run = _run(script, script.integer(5, 9))
    prefix = _network(script)
    script.add(f"{prefix}store()\n{run}")
    script.add(f"{prefix}restore()\n{run}")


RUNS = Choice(
    "runs",
    {
        "one": once,
        "several": several,
        "stored and restored": restored,
        "stored at the start": stored_at_start,
    },
)


def add_network(script: Script) -> None:
    """Put the network together, unless Brian2's magic shall do so."""
    if script.sometimes(MAGIC, 0.3):
        return
    script.add("net = Network(collect())")
    if script.sometimes(SCHEDULE, 0.15):
        slots = "['start', 'groups', 'thresholds', 'resets', 'synapses', 'end']"
        script.add(f"net.schedule = {slots}")


def add_runs(script: Script) -> None:
    """Run the network."""
    RUNS.draw(script, None if script.random.random() < 0.6 else ["one"])(script)


def _network(script: Script) -> str:
    return "" if MAGIC in script.features else "net."


def _run(script: Script, duration: int) -> str:
    rest = script.random.choice(["", ".3", ".04"])
    namespace = ", namespace=dict(globals())" if script.sometimes(NAMESPACE, 0.1) else ""
    return f"{_network(script)}run({duration}{rest}*ms{namespace})"


def _change(script: Script) -> list[str]:
    """Change something that Brian2 allows to change between two runs."""
    delays = [line for connection in script.connections for line in connection.heterogeneous]
    targets = [population for population in script.populations if population.targets]
    lines = {
        "monitor switched off": "states0.active = False",
        "seed": f"seed({script.integer(0, 9999)})",
    }
    # Brian2 changes a time step only at a time that is a multiple of both steps, and never the one
    # of a PoissonInput.
    if "." not in script.blocks[-1].rpartition("run(")[2] and POISSON_INPUT not in script.features:
        lines["time step"] = "defaultclock.dt = 0.02*ms"
    if delays:
        lines["delays"] = script.random.choice(delays).split(" = ")[0] + " = '1.7*ms*rand()'"
    if targets:
        population = script.random.choice(targets)
        variable, step = script.random.choice(list(population.targets.items()))
        lines["start values"] = f"{population.name}.{variable} += {step}"
    change = CHANGES.draw(script, [*lines, "nothing"])
    return [lines[change]] if change in lines else []
