"""Memory is used again when nobody has it any more, and not before."""

import torch

from brian2_l2l.mirror.fused import spare

SHAPE, CPU = (3, 1001), torch.device("cpu")


def address():
    return spare.empty(SHAPE, torch.float32, CPU).data_ptr()


def test_memory_is_used_again():
    first = spare.empty(SHAPE, torch.float32, CPU)
    assert first.shape == SHAPE and first.dtype == torch.float32
    where = first.data_ptr()
    assert address() != where
    del first
    assert address() == where
    assert spare.empty((1001, 3), torch.int32, CPU).data_ptr() == where


def test_a_view_keeps_memory():
    first = spare.empty(SHAPE, torch.float32, CPU)
    where, row = first.data_ptr(), first[1]
    row.fill_(5.0)
    del first
    assert address() != where and bool((row == 5.0).all())
    del row
    assert address() == where


def test_no_more_is_kept_than_allowed(monkeypatch):
    monkeypatch.setattr(spare, "MOST", 0)
    kept = sum(map(len, spare._spare.values()))
    del_me = spare.empty((7, 999), torch.float64, CPU)
    del del_me
    assert sum(map(len, spare._spare.values())) == kept


def test_nothing_of_no_size():
    assert spare.empty((0, 4), torch.int64, CPU).shape == (0, 4)
