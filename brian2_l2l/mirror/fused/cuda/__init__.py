"""Programs in CUDA C++: one block of threads takes a trial through all time steps."""
