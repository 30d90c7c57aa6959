"""The demo compares engines."""

import numpy as np
import pytest

from brian2_l2l_plugins.demo.answers import Answers
from brian2_l2l_plugins.demo.results import make_rows, table_text


def test_rows_count_what_differs():
    spikes = np.zeros((4, 3, 2), dtype=bool)
    spikes[1, :, 0] = True
    readout = np.zeros((4, 3, 10))
    readout[:, (0, 1, 2), (5, 6, 7)] = 1
    reference = Answers("A", spikes, readout, seconds=1.0)
    other = Answers("B", spikes.copy(), readout.copy(), seconds=2.0)
    other.spikes[3, 1, 1] = True
    other.readout[2, 2, 8] = 9
    first, second = make_rows([reference, other], reference, np.array([5, 0, 7]), duration=0.004)
    assert (first["correct"], first["same_class"], first["same_spike_trains"]) == (2, 3, 3)
    assert (second["correct"], second["same_class"], second["same_spike_trains"]) == (1, 2, 2)
    assert (first["spikes"], second["spikes"]) == (3, 4)
    # One spike per digit in one of two neurons in 4 ms.
    assert first["rate_Hz"] == pytest.approx(125)
    lines = table_text([first, second]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "66.7 %" in lines[2] and "33.3 %" in lines[3] and "2 of 3" in lines[3]
