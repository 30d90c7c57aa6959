// CUDA on the CPU: every thread of a block is a fiber, and blocks run one after the other. Between
// two barriers the fibers run in the order that $L2L_EMULATED_ORDER names, so that a result that
// depends on a missing barrier is not the same in all orders. A barrier that some threads do not
// reach ends the process.

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef L2L_WATCH
#define L2L_HIDDEN __attribute__((no_sanitize("thread")))
#else
#define L2L_HIDDEN
#endif

#define L2L_INLINE inline __attribute__((always_inline))
#define L2L_DEVICE inline
#define STEP static
#define L2L_KERNEL(threads) static void
#define L2L_CONSTANT const

struct Index {
    unsigned x;
};
static Index threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

enum class Waits { nothing, warp, team, block, end };

struct Fiber {
    ucontext_t context;
    jmp_buf place;
    bool started;
    Waits waits;
};

// Of a team, of the largest block, and of a warp.
constexpr int TEAM = l2l::THREADS, THREADS = l2l::TEAMS * TEAM, WARP = 32;
constexpr long STACK = 1 << 17;
static Fiber fibers[THREADS];
static std::vector<char> stacks;
static std::vector<char> shared;
static jmp_buf scheduler;
// What the threads hand each other, for two operations of a warp in turn.
static uint64_t given[2][THREADS];
static int turn[THREADS];
static std::function<void()> kernel;
// The barriers so far, of all blocks, and of the teams and the warps.
static uint32_t block_time, team_time[l2l::TEAMS], warp_time[THREADS / WARP];
// Whether a thread runs, and whether it is in an atomic operation.
static bool running, atomic;

L2L_HIDDEN __attribute__((noinline)) void is_atomic(bool value) { atomic = value; }

L2L_HIDDEN inline void wait(Waits what) {
    Fiber& fiber = fibers[threadIdx.x];
    fiber.waits = what;
    running = false;
    if (!_setjmp(fiber.place)) _longjmp(scheduler, 1);
}

// Unlike swapcontext, these jumps ask nothing of the system.
L2L_HIDDEN __attribute__((noinline)) void resume(Fiber& fiber) {
    if (_setjmp(scheduler)) return;
    running = true;
    if (fiber.started) _longjmp(fiber.place, 1);
    fiber.started = true;
    setcontext(&fiber.context);
}

L2L_HIDDEN inline void enter() {
    kernel();
    wait(Waits::end);
}

L2L_HIDDEN inline bool all(int begin, int end, Waits what) {
    return std::all_of(fibers + begin, fibers + end, [&](auto& f) { return f.waits == what; });
}

L2L_HIDDEN inline void go_on(int begin, int end) {
    for (int k = begin; k < end; ++k) fibers[k].waits = Waits::nothing;
}

// Lets all threads go on that wait for no others than those of their own part of a block.
L2L_HIDDEN inline bool release(Waits what, int size, uint32_t* times) {
    bool found = false;
    for (int first = 0; first < int(blockDim.x); first += size)
        if (all(first, first + size, what)) {
            go_on(first, first + size);
            ++times[first / size];
            found = true;
        }
    return found;
}

L2L_HIDDEN inline bool release() {
    const bool warps = release(Waits::warp, WARP, warp_time);
    const bool teams = release(Waits::team, TEAM, team_time);
    return warps | teams | release(Waits::block, blockDim.x, &block_time);
}

L2L_HIDDEN inline void order_of(std::vector<int>& order) {
    const char* const wanted = std::getenv("L2L_EMULATED_ORDER");
    static uint64_t seed = 1;
    const char kind = wanted ? wanted[0] : 'f';
    const int threads = blockDim.x;
    for (int k = 0; k < threads; ++k) order[k] = kind == 'b' ? threads - 1 - k : k;
    if (kind != 's') return;
    for (int k = threads - 1; k > 0; --k) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        std::swap(order[k], order[(seed >> 33) % (k + 1)]);
    }
}

L2L_HIDDEN inline void run_block() {
    const int threads = blockDim.x;
    stacks.resize(threads * STACK);
    for (int k = 0; k < threads; ++k) {
        Fiber& fiber = fibers[k];
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = stacks.data() + k * STACK;
        fiber.context.uc_stack.ss_size = STACK;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, enter, 0);
        fiber.waits = Waits::nothing;
        fiber.started = false;
    }
    std::vector<int> order(threads);
    while (!all(0, threads, Waits::end)) {
        order_of(order);
        for (int k : order)
            if (fibers[k].waits == Waits::nothing) {
                threadIdx.x = k;
                resume(fibers[k]);
            }
        if (!all(0, threads, Waits::end) && !release()) {
            std::fprintf(stderr, "some threads do not reach a barrier at which others wait\n");
            std::abort();
        }
    }
    ++block_time;
}

}  // namespace emulation

inline void __syncthreads() { emulation::wait(emulation::Waits::block); }
inline void __syncwarp() { emulation::wait(emulation::Waits::warp); }

namespace emulation {
// Gives a value to the other lanes of the warp; returns what all threads have given.
template <class T> inline const uint64_t* give(T value) {
    const int here = threadIdx.x;
    uint64_t* const values = given[turn[here] ^= 1];
    std::memcpy(&values[here], &value, sizeof(T));
    wait(Waits::warp);
    return values;
}
}  // namespace emulation

template <class T> inline T __shfl_down_sync(unsigned, T value, int distance) {
    const int here = threadIdx.x;
    const int there = here % emulation::WARP + distance < emulation::WARP ? here + distance : here;
    std::memcpy(&value, emulation::give(value) + there, sizeof(T));
    return value;
}

inline unsigned __ballot_sync(unsigned, bool value) {
    const int first = threadIdx.x / emulation::WARP * emulation::WARP;
    const uint64_t* const values = emulation::give(uint64_t(value));
    unsigned found = 0;
    for (int k = 0; k < emulation::WARP; ++k) found |= unsigned(values[first + k]) << k;
    return found;
}

template <class T> __attribute__((noinline)) T atomicAdd(T* to, T value) {
    emulation::is_atomic(true);
    const T before = *to;
    *to = before + value;
    emulation::is_atomic(false);
    return before;
}

inline int __ffs(int value) { return __builtin_ffs(value); }
inline int __clz(int value) { return __builtin_clz(unsigned(value)); }

#ifdef L2L_WATCH
#include "watch.h"
#endif

namespace l2l {

inline char* shared_memory() { return emulation::shared.data(); }
inline void barrier() { emulation::wait(emulation::Waits::team); }

inline Room room() {
    return {std::atol(std::getenv("L2L_EMULATED_BYTES")),
            std::atol(std::getenv("L2L_EMULATED_PROCESSORS"))};
}

template <class Run>
int launch(void (*kernel)(Run), const Shape& shape, void*, const Run& run) {
    // What is done once for all goes through all of the same code with few blocks.
    gridDim.x = unsigned(shape.bytes ? shape.blocks : std::min(shape.blocks, 3L));
    blockDim.x = unsigned(shape.teams * THREADS);
    emulation::shared.assign(shape.bytes + 1, 0x55);
    emulation::kernel = [&] { kernel(run); };
    for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) emulation::run_block();
#ifdef L2L_WATCH
    emulation::forget();
#endif
    return 0;
}

inline const char* name_of_error(int) { return "none"; }

}  // namespace l2l
