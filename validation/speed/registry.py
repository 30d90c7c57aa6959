"""All peers, in the order of the table, and what differs in their equations."""

from pathlib import Path

from .networks import lowerings
from .peer import LESS, OTHER, Equations, Peer

PEERS = (
    *(Peer(key, f"brian2_l2l {key}", "mirrored", options={"lowering": key}) for key in lowerings()),
    Peer("loop", "plain torch loop", "torch_loop"),
    Peer("compile", "torch.compile, chunks", "torch_compile"),
    Peer("jax", "JAX lax.scan", "jax_scan", packages=("jax", "optax")),
    Peer(
        "spikingjelly",
        "SpikingJelly, own node",
        "spikingjelly_node",
        feed_forward=None,
        packages=("spikingjelly",),
    ),
    Peer(
        "spikingjelly",
        "SpikingJelly LIFNode",
        "spikingjelly_lif",
        recurrent=Equations(LESS, "no adaptation, no refractoriness, arctangent surrogate"),
        packages=("spikingjelly",),
    ),
    Peer("norse", "Norse, own equations", "norse_own", feed_forward=None, packages=("norse",)),
    Peer(
        "norse",
        "Norse, own equations, compiled",
        "norse_own",
        feed_forward=None,
        packages=("norse",),
        options={"compiled": True},
        devices=("cuda",),
    ),
    Peer(
        "norse",
        "Norse LSNNRecurrent",
        "norse_lsnn",
        Equations(
            LESS,
            "no refractoriness; a synaptic current besides; reset to zero; SuperSpike surrogate",
        ),
        feed_forward=None,
        packages=("norse",),
    ),
    Peer(
        "norse",
        "Norse LIFBoxCell",
        "norse_lif",
        recurrent=None,
        feed_forward=Equations(OTHER, "decay by Euler's method; SuperSpike surrogate"),
        packages=("norse",),
    ),
    Peer(
        "norse",
        "Norse LIFBoxCell, compiled",
        "norse_lif",
        recurrent=None,
        feed_forward=Equations(OTHER, "decay by Euler's method; SuperSpike surrogate"),
        packages=("norse",),
        options={"compiled": True},
        devices=("cuda",),
    ),
    Peer(
        "snntorch",
        "snnTorch Leaky",
        "snntorch_leaky",
        Equations(LESS, "RLeaky: no adaptation, no refractoriness, arctangent surrogate"),
        Equations(OTHER, "a membrane above twice the threshold is reset twice"),
        packages=("snntorch",),
    ),
    Peer(
        "spyx",
        "Spyx, own layer",
        "spyx_own",
        feed_forward=None,
        packages=("spyx", "optax"),
    ),
    Peer(
        "spyx",
        "Spyx LIF",
        "spyx_lif",
        Equations(LESS, "RLIF: no adaptation, no refractoriness"),
        Equations(OTHER, "the threshold is subtracted after the decay"),
        packages=("spyx", "optax"),
    ),
)


def bound(folder: Path) -> tuple[Peer, ...]:
    """Give the hand-written programs of a folder as peers."""
    other = Equations(OTHER, "the reset takes the next step's threshold")
    whole = {"folder": str(folder)}
    parts = {**whole, "segment": 28}
    cpu = ("cpu",)
    return (
        Peer("bound", "hand-written C++", "bound", other, options=whole, devices=cpu),
        Peer("bound", "hand-written C++, checkpoints", "bound", other, None, (), parts, cpu),
    )
