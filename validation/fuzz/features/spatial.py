"""Neurons with a morphology."""

import textwrap
from dataclasses import dataclass

from validation.fuzz.script import Choice, Population, Script

MORPHOLOGIES = Choice(
    "morphology",
    {
        "soma and cable": """
            {m} = Soma(diameter=30*um)
            {m}.axon = Cylinder(length=100*um, diameter=2*um, n=4)
        """,
        "cable": """
            {m} = Cylinder(length=150*um, diameter=3*um, n=6)
        """,
        "tree": """
            {m} = Cylinder(length=60*um, diameter=4*um, n=3)
            {m}.L = Cylinder(length=50*um, diameter=2*um, n=2)
            {m}.R = Cylinder(length=80*um, diameter=2*um, n=2)
            {m}.R.tip = Cylinder(length=40*um, diameter=1*um, n=1)
        """,
        "tapered sections": """
            {m} = Section(n=3, length=[20, 30, 40]*um, diameter=[6, 5, 4, 3]*um)
            {m}.end = Section(n=2, length=[30, 20]*um, diameter=[3, 2, 1]*um)
        """,
    },
)


@dataclass
class Membrane:
    """The membrane of a SpatialNeuron: ``{s}`` stands for its name."""

    equations: str
    arguments: str
    start: str
    units: dict[str, str]


LEAKY = Membrane(
    """
    Im = gl*(El - v) : amp/meter**2
    gl : siemens/meter**2 (constant)
    El : volt (constant, shared)
    """,
    "threshold='v > -50*mV', reset='v = -65*mV', refractory=1*ms",
    """
    {s}.gl = '1e-4*siemens/cm**2*(1 + 0.1*i)'
    {s}.El = -65*mV
    {s}.v = '-65*mV + 5*mV*rand()'
    """,
    {"v": "volt"},
)
EXCITABLE = Membrane(
    """
    Im = gl*(-54.4*mV - v) + gNa*m**3*h*(50*mV - v) + gK*n**4*(-77*mV - v) : amp/meter**2
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = 0.07*exp(-(v + 65*mV)/(20*mV))/ms*(1 - h)
            - 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms*h : 1
    dn/dt = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms*(1 - n)
            - 0.125*exp(-(v + 65*mV)/(80*mV))/ms*n : 1
    alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms : Hz
    beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms : Hz
    gNa : siemens/meter**2
    gK : siemens/meter**2 (constant)
    gl : siemens/meter**2 (constant, shared)
    """,
    "threshold='m > 0.5', refractory='m > 0.4', threshold_location={location}",
    """
    {s}.v = -65*mV
    {s}.m = 0.053
    {s}.h = 0.6
    {s}.n = 0.32
    {s}.gl = 0.3*msiemens/cm**2
    {s}.gK = 36*msiemens/cm**2
    {s}.gNa = '120*msiemens/cm**2*(1 - 0.001*i)'
    """,
    {"v": "volt", "m": "1", "n": "1"},
)
MEMBRANES = Choice("SpatialNeuron", {"integrate-and-fire": LEAKY, "Hodgkin-Huxley": EXCITABLE})
SYNAPSE = """
I_in : amp (point current)
I_syn = g_syn*(0*mV - v) : amp (point current)
dg_syn/dt = -g_syn/(3*ms) : siemens
"""


def add_spatial_neuron(script: Script) -> Population:
    """Add a neuron with a small morphology, driven by a current into its first compartment."""
    name, morphology = script.name("SN"), script.name("morphology")
    membrane = MEMBRANES.draw(script)
    script.add(MORPHOLOGIES.draw(script).format(m=morphology))
    equations = textwrap.indent(textwrap.dedent(membrane.equations).strip() + SYNAPSE, "    ")
    arguments = membrane.arguments.format(location=script.random.choice([0, 2]))
    method = script.random.choice(["exponential_euler", "exponential_euler", "rk2"])
    start = textwrap.dedent(membrane.start.format(s=name)).strip()
    script.add(
        f"{name} = SpatialNeuron({morphology}, '''\n{equations}    ''',\n"
        f"    method='{method}', Cm=1*uF/cm**2, Ri=100*ohm*cm,\n"
        f"    {arguments}, name='{name}')\n"
        f"{start}\n{name}.I_in[0] = {script.number(0.4, 1.2)}*nA"
    )
    return Population(name, 5, {**membrane.units, "g_syn": "siemens"}, {"g_syn": "1*nS"})
