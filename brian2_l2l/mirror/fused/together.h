// What programs use in which all trials change variables together.

#include <algorithm>
#include <atomic>

namespace l2l {

// Where all threads wait for each other.
class Meeting {
public:
    explicit Meeting(int threads) : threads(threads) {}
    void wait() {
        if (threads == 1) return;
        const int before = round.load(std::memory_order_acquire);
        if (waiting.fetch_add(1, std::memory_order_acq_rel) + 1 == threads) {
            waiting.store(0, std::memory_order_relaxed);
            round.store(before + 1, std::memory_order_release);
            return;
        }
        // The others may need the processor of this one.
        for (int turns = 0; round.load(std::memory_order_acquire) == before; ++turns)
            if (turns > 4096) std::this_thread::yield();
    }

private:
    const int threads;
    std::atomic<int> waiting{0}, round{0};
};

// Calls body(thread) for each thread; the caller is thread 0. They wait for each other, so that all of
// them run, or none if the system does not have as many. The bodies must not throw.
template <class F> void at_once(int threads, F body) {
    enum { WAIT, GO, LEAVE };
    std::atomic<int> word{WAIT};
    const auto obey = [&](int thread) {
        while (word == WAIT) std::this_thread::yield();
        if (word == GO) body(thread);
    };
    std::vector<std::thread> others;
    const int missing = caught([&] {
        for (int thread = 1; thread < threads; ++thread) others.emplace_back(obey, thread);
    });
    word = missing ? LEAVE : GO;
    obey(0);
    for (auto& other : others) other.join();
    if (missing) throw std::bad_alloc();
}

// Calls f(i) for the events of any trial in increasing order.
template <class B, class F> void for_each_bit_of_any(B bits, long batch, int n, F f) {
    for (int word = 0; word < words(n); word++) {
        uint64_t any = 0;
        for (long trial = 0; trial < batch; ++trial) any |= bits(trial)[word];
        for (; any; any &= any - 1) f(word * 64 + __builtin_ctzll(any));
    }
}

}  // namespace l2l
