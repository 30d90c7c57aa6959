// The loop over time of a program whose trials change variables together.

namespace {

void run_together(const Run& run) {
    Work work(run, false);
    l2l::parallel(run.threads, [&](int thread) { work.fill(run, thread); });
    std::vector<Tile> tiles;
    std::vector<long> bounds{0};
    tiles.reserve(run.batch / TILE + run.threads);
    for (int thread = 0; thread < run.threads; ++thread) {
        const l2l::Range mine = l2l::share(run.batch, thread, run.threads);
        for (long first = mine.begin; first < mine.end; first += TILE) {
            tiles.emplace_back(run, work, thread, false);
            tiles.back().first = first;
            tiles.back().trials = std::min<long>(TILE, mine.end - first);
        }
        bounds.push_back(long(tiles.size()));
    }
    l2l::Meeting meeting(int(run.threads));
    l2l::at_once(int(run.threads), [&](int thread) {
        const Own own{tiles.data() + bounds[thread], tiles.data() + bounds[thread + 1]};
        for (Tile* tile = own.begin; tile < own.end; ++tile) load_state(run, *tile);
        for (long tick = 0; tick < run.ticks; ++tick) step(run, tiles, own, tick, thread, meeting);
        for (Tile* tile = own.begin; tile < own.end; ++tile) store_state(run, *tile);
    });
    store_shared(run, work);
}

}  // namespace

// Returns 1 if there is not enough memory, else 0.
extern "C" int forward(void* const* pointers, const int64_t* numbers) {
    return l2l::caught([&] { run_together(read_arguments(pointers, numbers)); });
}
