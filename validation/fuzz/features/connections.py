"""Put synapses together: source and target, effect, connections, delays, what happens besides."""

from validation.fuzz.script import Choice, Connection, Population, Script, declare

from .continuous import make_continuous
from .effects import EFFECTS, Effect
from .plasticity import PLASTICITY

SUBGROUP_SOURCE = declare("subgroup as source")
SUBGROUP_TARGET = declare("subgroup as target")
AUTAPSE = declare("group connected to itself")
ON_EVENT = declare("synapses on a custom event")
ORDER = declare("order of pathways")
REGULAR = declare("run_regularly of synapses")
MODULATION = declare("synapses onto synapses")

CONNECT = Choice(
    "connect",
    {
        "all to all": "connect()",
        "probability": "connect(p=0.5)",
        "condition": "connect(condition='(i + j) % 3 != 0', p=0.8)",
        "arrays": "connect(i={i}, j={j})",
        "generator": "connect(j='k for k in range(i - 1, i + 3) if k != i', skip_if_invalid=True)",
        "sample": "connect(j='k for k in sample(N_post, p=0.5)')",
        "several per pair": "connect(p=0.4, n=2)",
        "one to one": "connect(j='i % N_post')",
    },
)
DELAYS = Choice(
    "delay",
    {
        "none": [],
        "scalar": ["delay={t}*ms"],
        "scalar, shorter than dt": ["delay=0.01*ms"],
        "random": ["{s}.{p}.delay = '{t}*ms*rand()'"],
        "by index": ["{s}.{p}.delay = '(0.1 + 0.15*((i + 2*j) % 7))*ms'"],
        "scalar for each pathway": ["delay={{'{p}': {t}*ms}}"],
    },
)


def add_synapses(script: Script) -> None:
    """Add synapses between two groups of the script."""
    target = script.random.choice(script.populations)
    source = script.random.choice([*script.sources, *script.populations])
    if source is target:
        script.use(AUTAPSE)
    kinds = ["continuous"] * 2 * bool(target.slots)
    if target.targets and source.events:
        kinds += ["effect"] * 3 + ["plasticity"]
    kind = script.random.choice(kinds or ["none"])
    if kind == "continuous":
        _write(script, source, target, make_continuous(script, source, target))
    elif kind != "none":
        choice = EFFECTS if kind == "effect" else PLASTICITY
        _write(script, source, target, choice.draw(script)(script, source, target))


def _part(script: Script, population: Population, feature: str) -> tuple[str, int]:
    """Take the whole group or a part of it, and give the text and the size."""
    possible = population.divisible and population.size >= 3
    if not possible or not script.sometimes(feature, 0.25):
        return population.name, population.size
    cut = script.integer(1, population.size - 1)
    if script.random.random() < 0.5:
        return f"{population.name}[:{cut}]", cut
    return f"{population.name}[{cut}:]", population.size - cut


def _write(script, source: Population, target: Population, effect: Effect) -> None:
    """Write the block of the synapses, and remember what later fragments need of them."""
    name = script.name("S")
    source_text, source_size = _part(script, source, SUBGROUP_SOURCE)
    target_text, target_size = _part(script, target, SUBGROUP_TARGET)
    pathway = script.random.choice(effect.pathways) if effect.pathways else None
    arguments, statements = _delay(script, name, pathway)
    if isinstance(effect.on_pre, dict):
        texts = [f"'{key}': '''{code}'''" for key, code in effect.on_pre.items()]
        arguments.insert(0, f"on_pre={{{', '.join(texts)}}}")
    elif effect.on_pre:
        arguments.insert(0, f"on_pre='''{effect.on_pre}'''")
    if effect.on_post:
        arguments.insert(0, f"on_post='''{effect.on_post}'''")
    arguments += _events(script, source, target, effect)
    arguments += [f"method='{effect.method}'"] if effect.method else []
    equations = "\n    ".join(effect.equations)
    head = f"{name} = Synapses({source_text}, {target_text}, '''\n    {equations}\n    ''',\n    "
    lines = [*effect.before, head + ",\n    ".join([*arguments, f"name='{name}'"]) + ")"]
    lines.append(f"{name}.{_connect(script, source_size, target_size)}")
    lines += [
        f"{name}.{variable} = '{value}'"
        for variable, value in (item.split(" = ") for item in effect.start)
    ]
    lines += statements + _extras(script, name, effect)
    script.add("\n".join(lines))
    script.connections.append(Connection(name, effect.units, effect.pathways, statements))


def _connect(script: Script, source_size: int, target_size: int) -> str:
    count = script.integer(1, 2 * max(source_size, target_size))
    indices = [
        [script.integer(0, size - 1) for _ in range(count)] for size in (source_size, target_size)
    ]
    return CONNECT.draw(script).format(i=indices[0], j=indices[1])


def _delay(script: Script, name: str, pathway: str | None) -> tuple[list[str], list[str]]:
    """Draw a delay: as arguments of the synapses, or as statements after the connections."""
    if pathway is None:
        return [], []
    among = ["none"] if script.random.random() < 0.3 else None
    if pathway != "pre" and among is None:
        among = ["none", "random", "by index", "scalar for each pathway"]
    texts = [
        text.format(s=name, p=pathway, t=script.number(0.2, 3))
        for text in DELAYS.draw(script, among)
    ]
    arguments = [text for text in texts if text.startswith("delay")]
    return arguments, [text for text in texts if not text.startswith("delay")]


def _events(script, source: Population, target: Population, effect: Effect) -> list[str]:
    """Choose the event that triggers the presynaptic pathway, where there are several."""
    if effect.pathways[:1] != ["pre"]:
        return []
    custom = [event for event in source.events if event != "spike"]
    if custom and (not source.spikes or script.random.random() < 0.6):
        script.use(ON_EVENT)
        return [f"on_event={{'pre': '{custom[0]}'}}"]
    return []


def _extras(script: Script, name: str, effect: Effect) -> list[str]:
    lines = []
    if effect.pathways and script.sometimes(ORDER, 0.15):
        lines.append(f"{name}.{effect.pathways[-1]}.order = {script.integer(-2, 2)}")
    if "w" in effect.units and script.sometimes(REGULAR, 0.15):
        code = script.random.choice(["w = clip(w*0.98, 0, 2)", "w += 0.01*randn()"])
        lines.append(f"{name}.run_regularly('{code}', dt=1*ms)")
    return lines


def add_modulation(script: Script) -> None:
    """Perhaps add synapses that act on the synapses made before."""
    weighted = [c for c in script.connections if "w" in c.units]
    sources = [source for source in [*script.sources, *script.populations] if source.spikes]
    if not weighted or not sources or not script.sometimes(MODULATION, 0.12):
        return
    name, source = script.name("M"), script.random.choice(sources)
    connection = script.random.choice(weighted)
    script.add(f"""
        {name} = Synapses({source.name}, {connection.name}, on_pre='w_post = 0.95*w_post + 0.01',
            name='{name}')
        {name}.connect(p=0.3)
    """)
