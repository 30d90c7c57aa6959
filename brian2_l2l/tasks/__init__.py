"""Data sets, generators and environments as tensors."""

from brian2_l2l.tasks.digits import DigitsTask, handwritten_digits, load_pictures, show_rows

__all__ = ["DigitsTask", "handwritten_digits", "load_pictures", "show_rows"]
