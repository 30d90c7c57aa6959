"""Run a `NetworkSpec` as a batched, differentiable PyTorch program."""
