// Finds accesses of two threads to one element of which one writes, with no barrier in between.
// The compiler calls a function at each access, as for its own thread sanitizer; these are here.

#include <dlfcn.h>

namespace emulation {

struct Access {
    unsigned block;
    int thread;
    uint32_t block_time, team_time, warp_time;
    void* place;
};

// The latest write and atomic operation, and the latest reads: of even and odd warps, and of even
// and odd threads of them. So of many that read an element at once, some are neither the one that
// writes it next nor of its warp.
struct Element {
    uintptr_t key;
    Access write, sum, reads[4];
};

// There are so many at first.
constexpr std::size_t SIZE = 1 << 12;
static std::vector<Element> elements(SIZE);
static std::size_t used;
static long races;

// Nothing is kept between launches, as a program is never unloaded.
L2L_HIDDEN static void forget() {
    std::vector<Element>(SIZE).swap(elements);
    used = 0;
}

L2L_HIDDEN static bool within(uintptr_t address, const void* begin, std::size_t bytes) {
    return address - reinterpret_cast<uintptr_t>(begin) < bytes;
}

// What each block has for itself, though blocks find it at the same address.
L2L_HIDDEN static bool is_of_block(uintptr_t address) {
    return within(address, shared.data(), shared.size()) || within(address, given, sizeof(given)) ||
           within(address, turn, sizeof(turn));
}

L2L_HIDDEN static bool is_before(const Access& then, const Access& now, bool of_block) {
    if (then.block != now.block) return of_block;
    if (then.thread == now.thread || then.block_time < now.block_time) return true;
    if (then.thread / WARP == now.thread / WARP && then.warp_time < now.warp_time) return true;
    return then.thread / TEAM == now.thread / TEAM && then.team_time < now.team_time;
}

L2L_HIDDEN static void check(const Access& then, const Access& now, bool of_block,
                             const char* what) {
    if (!then.place || is_before(then, now, of_block) || races++ >= 5) return;
    Dl_info info;
    dladdr(now.place, &info);
    const auto base = static_cast<char*>(info.dli_fbase);
    std::fprintf(stderr, "race: %s by thread %d of block %u at 0x%lx, then thread %d of block %u at "
                 "0x%lx of %s\n", what, then.thread, then.block, long((char*)then.place - base),
                 now.thread, now.block, long((char*)now.place - base), info.dli_fname);
}

L2L_HIDDEN static Element& place_of(uintptr_t key) {
    const std::size_t size = elements.size();
    std::size_t k = (key * 0x9e3779b97f4a7c15u >> 32) % size;
    while (elements[k].key && elements[k].key != key) k = (k + 1) % size;
    return elements[k];
}

L2L_HIDDEN static void grow() {
    std::vector<Element> before(2 * elements.size());
    before.swap(elements);
    for (const Element& element : before)
        if (element.key) place_of(element.key) = element;
}

L2L_HIDDEN static Element& element_of(uintptr_t key) {
    if (4 * used > 3 * elements.size()) grow();
    Element& element = place_of(key);
    used += !element.key;
    element.key = key;
    return element;
}

L2L_HIDDEN static void see_element(uintptr_t key, uintptr_t address, bool write, void* place) {
    const int thread = threadIdx.x;
    const Access now{blockIdx.x, thread, block_time, team_time[thread / TEAM],
                     warp_time[thread / WARP], place};
    Element& element = element_of(key);
    const bool of_block = is_of_block(address);
    check(element.write, now, of_block, "a write");
    if (!atomic) check(element.sum, now, of_block, "an atomic operation");
    if (write)
        for (const Access& read : element.reads) check(read, now, of_block, "a read");
    if (atomic) element.sum = now;
    else if (write) element.write = now;
    else element.reads[thread / WARP % 2 * 2 + thread % 2] = now;
}

L2L_HIDDEN static void see(void* pointer, int bytes, bool write, void* place) {
    const auto address = reinterpret_cast<uintptr_t>(pointer);
    if (!running) return;
    // What is called from here is watched too.
    running = false;
    if (!within(address, stacks.data(), stacks.size())) {
        // Elements of fewer than four bytes lie side by side.
        if (bytes < 4) see_element(address | uintptr_t(1) << 63, address, write, place);
        for (int k = 0; k + 4 <= bytes; k += 4)
            see_element((address + k) / 4, address + k, write, place);
    }
    running = true;
}

}  // namespace emulation

extern "C" {
long races() { return emulation::races; }
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
#define L2L_SEE(bytes)                                                                     \
    L2L_HIDDEN void __tsan_read##bytes(void* p) {                                          \
        emulation::see(p, bytes, false, __builtin_return_address(0));                      \
    }                                                                                      \
    L2L_HIDDEN void __tsan_write##bytes(void* p) {                                         \
        emulation::see(p, bytes, true, __builtin_return_address(0));                       \
    }                                                                                      \
    L2L_HIDDEN void __tsan_unaligned_read##bytes(void* p) { __tsan_read##bytes(p); }       \
    L2L_HIDDEN void __tsan_unaligned_write##bytes(void* p) { __tsan_write##bytes(p); }
L2L_SEE(1)
L2L_SEE(2)
L2L_SEE(4)
L2L_SEE(8)
L2L_SEE(16)
L2L_HIDDEN void __tsan_read_range(void*, long) {}
L2L_HIDDEN void __tsan_write_range(void*, long) {}
#undef L2L_SEE
}
