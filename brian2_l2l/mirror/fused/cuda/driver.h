// The loops over trials and time, and what the caller calls: the same for every network. A team
// takes one trial after the other through all time steps; most blocks are one team.

namespace {

STEP char* checkpoint(const Run& run, const Tile& tile, long segment) {
    return run.checkpoints + (segment * run.batch + tile.first) * CHECKPOINT;
}

// The bytes of a state do not belong to the threads of its elements.
STEP void copy_state(const char* from, char* to) {
    l2l::barrier();
    l2l::copy(reinterpret_cast<const uint64_t*>(from), CHECKPOINT / 8,
              reinterpret_cast<uint64_t*>(to));
    l2l::barrier();
}

// With KEEP, nothing is computed again: the tape is long enough for the run, and the only checkpoint
// is that of its end.
template <bool KEEP> STEP void run_forward(const Run& run, Tile& tile) {
    load_state(run, tile);
    for (long tick = 0; tick < run.ticks; ++tick) {
        if (!KEEP && run.checkpoints && tick % run.segment == 0)
            copy_state(tile.state, checkpoint(run, tile, tick / run.segment));
        step<KEEP, false>(run, tile, tick);
    }
    if (KEEP) copy_state(tile.state, checkpoint(run, tile, 0));
    store_state(run, tile);
}

STEP void run_backward(const Run& run, Tile& tile) {
    begin_back(run, tile);
    for (long segment = (run.ticks - 1) / run.segment; segment >= 0; --segment) {
        tile.start = segment * run.segment;
        const long end = tile.start + run.segment < run.ticks ? tile.start + run.segment : run.ticks;
        copy_state(checkpoint(run, tile, segment), tile.state);
        if (!run.keep)
            for (long tick = tile.start; tick < end; ++tick) step<true, true>(run, tile, tick);
        for (long tick = end - 1; tick >= tile.start; --tick) step_back(run, tile, tick);
    }
    end_back(run, tile);
}

L2L_INLINE l2l::Arena arena_of(const Run& run, long worker) {
    return {reinterpret_cast<uintptr_t>(run.workspace), worker, run.threads, 0};
}
L2L_INLINE l2l::Arena tape_of(const Run& run, long worker) {
    return {reinterpret_cast<uintptr_t>(run.tape), worker, run.threads, 0};
}

// With NEAR, what the adjoint of every step reads is brought near the threads, for all teams.
template <bool BACK, bool NEAR, bool KEEP> L2L_DEVICE void run_trials(const Run& run) {
    const long team = l2l::team();
    l2l::Arena arena = arena_of(run, team), tape = tape_of(run, team);
    Work work(run, arena, BACK);
    Tile tile(run, work, arena, run.keep ? tape : arena, int(team), BACK);
    char* near = l2l::shared_memory();
    if (SHARED > 0) {
        tile.state = near + threadIdx.x / l2l::THREADS * SHARED;
        tile.bars = reinterpret_cast<real*>(tile.state + STATE);
        near += blockDim.x / l2l::THREADS * SHARED;
    }
    if constexpr (NEAR) {
        work.bring_near(run, near);
        __syncthreads();
    }
    if (team >= run.threads) return;
    if (BACK) tile.clear();
    for (tile.first = team; tile.first < run.batch; tile.first += run.threads) {
        if constexpr (BACK) run_backward(run, tile);
        else run_forward<KEEP>(run, tile);
    }
}

template <bool BACK> L2L_KERNEL(l2l::THREADS) clear_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, BACK).clear(run, BACK);
}
template <bool BACK> L2L_KERNEL(l2l::THREADS) fill_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, BACK).fill(run);
}
L2L_KERNEL(l2l::THREADS) turn_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, true).turn(run);
}
L2L_KERNEL(l2l::THREADS) forward_kernel(L2L_CONSTANT Run run) {
    run_trials<false, false, false>(run);
}
L2L_KERNEL(l2l::THREADS) keep_kernel(L2L_CONSTANT Run run) { run_trials<false, false, true>(run); }
L2L_KERNEL(l2l::THREADS) backward_kernel(L2L_CONSTANT Run run) {
    run_trials<true, false, false>(run);
}
L2L_KERNEL(l2l::TEAMS* l2l::THREADS) near_backward_kernel(L2L_CONSTANT Run run) {
    run_trials<true, true, false>(run);
}
L2L_KERNEL(l2l::THREADS) finish_kernel(L2L_CONSTANT Run run) {
    l2l::Arena arena = arena_of(run, 0);
    Work(run, arena, true).finish(run);
}

// Enough blocks to keep a large device busy with what is done once.
constexpr l2l::Shape ONCE = {512, 1, 0};

// Runs the adjoint of all trials. Teams share a block only if there are more than processors.
int launch_backward(const Run& run, void* stream) {
    const l2l::Room room = l2l::room();
    const long near = Work::near_bytes(run), left = room.bytes - near;
    if (near == 0 || left < SHARED)
        return l2l::launch(backward_kernel, {run.threads, 1, SHARED}, stream, run);
    long teams = (run.threads + room.processors - 1) / room.processors;
    if (teams > l2l::TEAMS) teams = l2l::TEAMS;
    if (SHARED > 0 && teams > left / SHARED) teams = left / SHARED;
    const long blocks = (run.threads + teams - 1) / teams;
    return l2l::launch(near_backward_kernel, {blocks, teams, near + teams * SHARED}, stream, run);
}

}  // namespace

// The bytes of the workspace that a call needs.
extern "C" int64_t workspace(void* const* pointers, const int64_t* numbers, int back) {
    const Run run = read_arguments(pointers, numbers);
    l2l::Arena arena = {0, 0, run.threads, 0};
    const Work work(run, arena, back);
    l2l::Arena tape = {0, 0, run.threads, 0};
    const Tile tile(run, work, arena, run.keep ? tape : arena, 0, back);
    return int64_t(arena.used);
}

// The bytes of what is kept from the forward pass for the backward pass.
extern "C" int64_t tape(void* const* pointers, const int64_t* numbers) {
    const Run run = read_arguments(pointers, numbers);
    l2l::Arena arena = {0, 0, run.threads, 0}, tape = arena;
    const Work work(run, arena, false);
    const Tile tile(run, work, arena, tape, 0, false);
    return int64_t(tape.used);
}

// These return the number of an error, or 0.
extern "C" int forward(void* const* pointers, const int64_t* numbers, void* stream) {
    const Run run = read_arguments(pointers, numbers);
    int error = l2l::launch(clear_kernel<false>, ONCE, stream, run);
    if (!error) error = l2l::launch(fill_kernel<false>, ONCE, stream, run);
    const auto kernel = run.keep ? keep_kernel : forward_kernel;
    if (!error) error = l2l::launch(kernel, {run.threads, 1, SHARED}, stream, run);
    return error;
}

extern "C" int backward(void* const* pointers, const int64_t* numbers, void* stream) {
    const Run run = read_arguments(pointers, numbers);
    int error = l2l::launch(clear_kernel<true>, ONCE, stream, run);
    if (!error) error = l2l::launch(fill_kernel<true>, ONCE, stream, run);
    if (!error) error = l2l::launch(turn_kernel, ONCE, stream, run);
    if (!error) error = launch_backward(run, stream);
    if (!error) error = l2l::launch(finish_kernel, ONCE, stream, run);
    return error;
}

extern "C" const char* error_name(int error) { return l2l::name_of_error(error); }
