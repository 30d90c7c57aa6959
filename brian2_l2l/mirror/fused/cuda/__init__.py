"""Programs in CUDA C++: one team of threads takes a trial through all time steps."""
