"""Data sets, generators and environments as tensors."""
