// The loops over trials and time, and what the caller calls: the same for every network. A block
// takes one trial after the other through all time steps.

namespace {

STEP char* checkpoint(const Run& run, const Tile& tile, long segment) {
    return run.checkpoints + (segment * run.batch + tile.first) * STATE;
}

// The bytes of a state do not belong to the threads of its elements.
STEP void copy_state(const char* from, char* to) {
    __syncthreads();
    l2l::copy(reinterpret_cast<const uint64_t*>(from), STATE / 8, reinterpret_cast<uint64_t*>(to));
    __syncthreads();
}

STEP void run_forward(const Run& run, Tile& tile) {
    load_state(run, tile);
    for (long tick = 0; tick < run.ticks; ++tick) {
        if (run.checkpoints && tick % run.segment == 0)
            copy_state(tile.state, checkpoint(run, tile, tick / run.segment));
        step<false>(run, tile, tick);
    }
    store_state(run, tile);
}

STEP void run_backward(const Run& run, Tile& tile) {
    begin_back(run, tile);
    for (long segment = (run.ticks - 1) / run.segment; segment >= 0; --segment) {
        tile.start = segment * run.segment;
        const long end = tile.start + run.segment < run.ticks ? tile.start + run.segment : run.ticks;
        copy_state(checkpoint(run, tile, segment), tile.state);
        for (long tick = tile.start; tick < end; ++tick) step<true>(run, tile, tick);
        for (long tick = end - 1; tick >= tile.start; --tick) step_back(run, tile, tick);
    }
    end_back(run, tile);
}

L2L_INLINE l2l::Arena arena_of(const Run& run, long worker) {
    return {reinterpret_cast<uintptr_t>(run.workspace), worker, run.threads, 0};
}

template <bool BACK> L2L_DEVICE void run_trials(const Run& run) {
    l2l::Arena arena = arena_of(run, blockIdx.x);
    const Work work(run, arena, BACK);
    Tile tile(run, work, arena, int(blockIdx.x), BACK);
    if (SHARED > 0) {
        tile.state = l2l::shared_memory();
        tile.bars = reinterpret_cast<real*>(tile.state + STATE);
    }
    if (BACK) tile.clear();
    for (tile.first = blockIdx.x; tile.first < run.batch; tile.first += gridDim.x) {
        if constexpr (BACK) run_backward(run, tile);
        else run_forward(run, tile);
    }
}

template <bool BACK> L2L_KERNEL clear_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, BACK).clear(run, BACK);
}
template <bool BACK> L2L_KERNEL fill_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, BACK).fill(run);
}
L2L_KERNEL turn_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, true).turn(run);
}
L2L_KERNEL forward_kernel(L2L_CONSTANT Run run) { run_trials<false>(run); }
L2L_KERNEL backward_kernel(L2L_CONSTANT Run run) { run_trials<true>(run); }
L2L_KERNEL finish_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, true).finish(run);
}

// Enough blocks to keep a large device busy with what is done once.
constexpr long BLOCKS = 512;

}  // namespace

// The bytes of the workspace that a call needs.
extern "C" int64_t workspace(void* const* pointers, const int64_t* numbers, int back) {
    const Run run = read_arguments(pointers, numbers);
    l2l::Arena arena = {0, 0, run.threads, 0};
    const Work work(run, arena, back);
    const Tile tile(run, work, arena, 0, back);
    return int64_t(arena.used);
}

// These return the number of an error, or 0.
extern "C" int forward(void* const* pointers, const int64_t* numbers, void* stream) {
    const Run run = read_arguments(pointers, numbers);
    int error = l2l::launch(clear_kernel<false>, BLOCKS, 0, stream, run);
    if (!error) error = l2l::launch(fill_kernel<false>, BLOCKS, 0, stream, run);
    if (!error) error = l2l::launch(forward_kernel, run.threads, SHARED, stream, run);
    return error;
}

extern "C" int backward(void* const* pointers, const int64_t* numbers, void* stream) {
    const Run run = read_arguments(pointers, numbers);
    int error = l2l::launch(clear_kernel<true>, BLOCKS, 0, stream, run);
    if (!error) error = l2l::launch(fill_kernel<true>, BLOCKS, 0, stream, run);
    if (!error) error = l2l::launch(turn_kernel, BLOCKS, 0, stream, run);
    if (!error) error = l2l::launch(backward_kernel, run.threads, SHARED, stream, run);
    if (!error) error = l2l::launch(finish_kernel, BLOCKS, 0, stream, run);
    return error;
}

extern "C" const char* error_name(int error) { return l2l::name_of_error(error); }
