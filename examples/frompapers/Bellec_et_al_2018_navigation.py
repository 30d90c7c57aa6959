"""Find a hidden goal again
========================

A walker in a round arena comes to a hidden goal, is put back in the centre, held there for a while,
and shall come again, as often as it can. Each episode has another goal. The network that moves the
walker gets its place, and spikes when it is at the goal or at the wall. It has to search until the
first hit, and then to remember. Its weights stay as they are meanwhile: the memory is in its
activity, and in the thresholds of its adaptive neurons.

A policy gradient through whole episodes trains all weights, and the trained network moves the
walker in Brian2 itself. ``--lif`` takes neurons without adaptation. The task is that of Bellec,
Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574, "Learning to navigate", with
sizes of our own.
"""

import argparse

import torch
from brian2 import *

import brian2_l2l as l2l
from brian2_l2l.tasks import NavigationTask, Paths, anywhere, to_the_goal

INPUTS, REGULAR, ADAPTIVE = NavigationTask().code.inputs, 50, 50
PARAMETERS = {"tau_m": 20 * ms, "tau_a": 700 * ms, "tau_out": 15 * ms}


def build_network(random, adaptive=True, trained=None):
    """Return the network with random weights, or with those that were trained."""
    defaultclock.dt = 1 * ms
    stimulus = PoissonGroup(INPUTS, np.zeros(INPUTS) * Hz, name="stimulus")
    neurons = NeuronGroup(
        REGULAR + ADAPTIVE,
        """
        dv/dt = -v/tau_m : 1
        db/dt = -b/tau_a : 1
        B = 1 + beta*b : 1
        beta : 1 (constant)
        """,
        threshold="v > B",
        reset="v -= B; b += 1",
        refractory=5 * ms,
        method="exact",
        namespace=PARAMETERS,
        name="neurons",
    )
    if adaptive:
        neurons.beta[REGULAR:] = 0.14
    readout = NeuronGroup(
        3, "dy/dt = -y/tau_out : 1", method="exact", namespace=PARAMETERS, name="readout"
    )
    S_in = Synapses(stimulus, neurons, "w : 1", on_pre="v_post += w", name="S_in")
    S_rec = Synapses(neurons, neurons, "w : 1", on_pre="v_post += w", name="S_rec")
    S_out = Synapses(neurons, readout, "w : 1", on_pre="y_post += w", name="S_out")
    S_in.connect()
    S_rec.connect(condition="i != j")
    S_out.connect()
    for synapses, strength in ((S_in, 0.25), (S_rec, 0.1), (S_out, 0.2)):
        if trained is None:
            synapses.w = random.normal(0, strength, len(synapses))
        else:
            synapses.w = trained[f"{synapses.name}.w"]
    return Network(stimulus, neurons, readout, S_in, S_rec, S_out)


def make_mirror(net, **options):
    """Return the mirror of the network, in which all weights are trained."""
    weights = [(net[name], "w") for name in ("S_in", "S_rec", "S_out")]
    return l2l.mirror(net, weights, batch_size=128, surrogate="triangular", **options)


def learn(mirror, task, seed, iterations=800, learning_rate=0.003, report="text", **options):
    """Train, bring the weights back to Brian2, and return what happened."""
    result = l2l.train(
        mirror,
        task,
        "policy_gradient",
        discount=0.96,
        learning_rate=learning_rate,
        schedule="ExponentialLR",
        schedule_options={"gamma": 0.2 ** (1 / 800)},
        clip_gradient=1.0,
        rate_groups=["neurons"],
        rate_target=20 * Hz,
        rate_weight=10 * ms**2,
        iterations=iterations,
        evaluate_every=100,
        seed=seed,
        report=report,
        **options,
    )
    mirror.write_back()
    return result


def walk(net, task, goal, seed=0):
    """Let the network go on in Brian2 for an episode; return its path."""
    random = torch.Generator().manual_seed(seed)
    visited, begin = [task.arena.start(goal[np.newaxis])], net.t

    def step():
        if net.t > begin:
            y = torch.from_numpy(net["readout"].y[:][np.newaxis])
            visited.append(task.arena.move(visited[-1], task.policy(y).sample(random)))
        net["stimulus"].rates = task.code.rates(visited[-1])[0].numpy() * Hz

    walker = NetworkOperation(step, dt=task.step_duration, when="start")
    net.add(walker)
    # The last action is taken when the last step has ended.
    net.run(task.duration + defaultclock.dt)
    net.remove(walker)
    return Paths.of(task.arena, visited)


def compare(mirror, task):
    """Print the scores of the network and of others; return the network's paths."""
    batch = next(task.batches("test", task.held_out))
    goals, rest, random = batch.targets.places, batch.targets.rest, torch.Generator().manual_seed(0)
    paths = {"the network": task.run(mirror, batch).paths}
    for name, act in (("a random walker", anywhere(random)), ("who knows the goal", to_the_goal)):
        paths[name] = Paths.walked(task.arena, goals, task.steps, act, rest)
    for name, walked in paths.items():
        scores = walked.intervals().items()
        print(f"{name:20}", *(f"{key} {mean:.2f} +- {width:.2f}" for key, (mean, width) in scores))
    return paths["the network"]


def show(paths, title):
    """Draw the paths to some goals before the first hit, grey, and after it, blue."""
    figure, axes = plt.subplots(2, 4, figsize=(10, 5.4), layout="constrained")
    for trial, place in enumerate(axes.flat):
        paths.draw(place, trial)
        place.set_title(f"{int(paths.number[trial])} hits", fontsize="medium")
    figure.suptitle(title)
    plt.show()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lif", action="store_true", help="no adaptive neurons")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    task = NavigationTask()
    net = build_network(np.random.default_rng(options.seed), adaptive=not options.lif)
    mirror = make_mirror(net)
    learn(mirror, task, options.seed)
    paths = compare(mirror, task)
    episode = walk(net, task, paths.goals[0])
    print(f"in Brian2, the first of the goals: {int(episode.number)} hits")
    show(paths, "Eight goals: until the first hit (grey), and after it (blue)")
