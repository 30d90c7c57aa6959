"""Learn how fast to learn
========================

One neuron learns sinusoids with a local rule: the delta rule, whose change of a weight is the
product of the error of the neuron and a trace of the input spikes. The rule is written into the
equations of the synapses. How fast it should learn, and from which weights to start, is learnt from
many sinusoids: backpropagation through whole episodes, in which the weights change all the time,
trains both. Then the rule learns new sinusoids within some examples.
"""

from dataclasses import dataclass, replace

import torch
from brian2 import *

import brian2_l2l as l2l
from brian2_l2l.tasks import FunctionLearningTask, Sinusoids

INPUTS, EXAMPLES = 30, 25


def build_network():
    """Return a neuron whose synapses learn; the rule is almost off."""
    defaultclock.dt = 1 * ms
    stimulus = SpikeGeneratorGroup(INPUTS, [], [] * ms, name="stimulus")
    neuron = NeuronGroup(
        1,
        """
        dy/dt = -y/(10*ms) : 1
        target : 1
        taught : 1
        """,
        method="exact",
        name="neuron",
    )
    synapses = Synapses(
        stimulus,
        neuron,
        """
        dw/dt = rate*taught_post*(target_post - y_post)*trace : 1 (clock-driven)
        dtrace/dt = -trace/(10*ms) : 1 (clock-driven)
        rate : Hz (constant)
        """,
        on_pre="y_post += w; trace += 1",
        method="euler",
        name="synapses",
    )
    synapses.connect()
    synapses.rate = 0.5 * Hz
    return Network(stimulus, neuron, synapses)


@dataclass(frozen=True, eq=False)
class TaughtTask(FunctionLearningTask):
    """The value of an example is shown in its second half; the first half is the prediction."""

    def draw_batch(self, batch_size, generator, *part):
        batch = super().draw_batch(batch_size, generator, *part)
        spikes = batch.inputs["stimulus"][..., : self.neurons]
        target = batch.targets.y.repeat_interleave(self.steps, 0)[..., None]
        half = torch.arange(self.steps) >= self.steps // 2
        taught = half.float().repeat(self.examples)[:, None, None].expand_as(target)
        inputs = {"stimulus": spikes, ("neuron", "target"): target, ("neuron", "taught"): taught}
        return replace(batch, inputs=inputs)

    def predictions(self, record):
        """Return the predictions ``[example, trial]``: means before the value is shown."""
        y = record[self.readout][..., 0].unflatten(0, (self.examples, self.steps))
        return y[:, self.steps // 4 : self.steps // 2].mean(dim=1)


def make_task():
    """Return the task: examples of sinusoids of 40 ms each."""
    return TaughtTask(
        Sinusoids(), readout=("neuron", "y"), examples=EXAMPLES, period=40 * ms, neurons=INPUTS
    )


def learn(net, task, iterations=150, report="text"):
    """Train the learning rates and the start weights; return the mirror."""
    rate = l2l.Trainable("synapses", "rate", bounds=(0 * Hz, None), unit=Hz)
    start = l2l.Trainable("synapses", "w", initial=True)
    mirror = l2l.mirror(net, [rate, start], batch_size=32)
    l2l.train(
        mirror, task, "bptt", learning_rate=0.05, iterations=iterations, seed=0, report=report
    )
    mirror.write_back()
    return mirror


def errors(net, task):
    """Return the mean squared error of each example of new sinusoids."""
    mirror = l2l.mirror(net)
    batch = next(task.batches("test", 100))
    record = mirror.run(task.duration, inputs=batch.inputs, record=task.record)
    return task.errors(record, batch.targets).mean(dim=1)


if __name__ == "__main__":
    net, task = build_network(), make_task()
    plt.semilogy(errors(net, task), label="before")
    learn(net, task)
    print(f"learning rates: {np.median(net['synapses'].rate)}, from 0.5 Hz")
    plt.semilogy(errors(net, task), label="learnt how fast to learn")
    plt.xlabel("example")
    plt.ylabel("squared error, 100 sinusoids")
    plt.legend()
    plt.show()
