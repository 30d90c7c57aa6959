// The loops over trials and time: the same for every network.

namespace {

template <class F> void for_each_tile(const Run& run, Tile& tile, F body) {
    const l2l::Range range = l2l::share(run.batch, tile.thread, run.threads);
    for (tile.first = range.begin; tile.first < range.end; tile.first += TILE) {
        tile.trials = range.end - tile.first < TILE ? range.end - tile.first : TILE;
        body();
    }
}

char* checkpoint(const Run& run, const Tile& tile, long segment, long b) {
    return run.checkpoints + ((segment * run.batch) + tile.first + b) * CHECKPOINT;
}

void run_forward(const Run& run, Tile& tile) {
    load_state(run, tile);
    for (long tick = 0; tick < run.ticks; ++tick) {
        if (run.checkpoints && tick % run.segment == 0)
            for (long b = 0; b < tile.trials; ++b)
                std::memcpy(checkpoint(run, tile, tick / run.segment, b), tile.state + b * STATE,
                            CHECKPOINT);
        step<false, false>(run, tile, tick);
    }
    store_state(run, tile);
}

void run_backward(const Run& run, Tile& tile) {
    begin_back(run, tile);
    for (long segment = (run.ticks - 1) / run.segment; segment >= 0; --segment) {
        tile.start = segment * run.segment;
        const long end = tile.start + run.segment < run.ticks ? tile.start + run.segment : run.ticks;
        for (long b = 0; b < tile.trials; ++b)
            std::memcpy(tile.state + b * STATE, checkpoint(run, tile, segment, b), CHECKPOINT);
        for (long tick = tile.start; tick < end; ++tick) step<true, true>(run, tile, tick);
        for (long tick = end - 1; tick >= tile.start; --tick) step_back(run, tile, tick);
        end_segment(run, tile, end);
    }
    end_back(run, tile);
}

template <class F> void run_tiles(const Run& run, bool back, F run_tile) {
    Work work(run, back);
    l2l::parallel(run.threads, [&](int thread) { work.fill(run, thread); });
    if (back) l2l::parallel(run.threads, [&](int thread) { work.pack(run, thread); });
    std::vector<Tile> tiles;
    tiles.reserve(run.threads);
    for (int thread = 0; thread < run.threads; ++thread) tiles.emplace_back(run, work, thread, back);
    l2l::parallel(run.threads, [&](int thread) {
        for_each_tile(run, tiles[thread], [&] { run_tile(run, tiles[thread]); });
    });
    if (back) l2l::parallel(run.threads, [&](int thread) { sum_gradients(run, tiles, thread); });
}

}  // namespace

// These return 1 if there is not enough memory, else 0.
extern "C" int forward(void* const* pointers, const int64_t* numbers) {
    return l2l::caught([&] { run_tiles(read_arguments(pointers, numbers), false, run_forward); });
}

extern "C" int backward(void* const* pointers, const int64_t* numbers) {
    return l2l::caught([&] { run_tiles(read_arguments(pointers, numbers), true, run_backward); });
}
