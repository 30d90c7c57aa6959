// What the steps of a program for the CPU use.

// Each step is a function of its own: it shows in a profile, and compiles in little time. GCC 12
// takes some of them for functions without effects and drops their calls, unless it is kept from
// looking inside.
#if defined(__GNUC__) && !defined(__clang__)
#define STEP static __attribute__((noipa))
#else
#define STEP static __attribute__((noinline))
#endif

// Values that events have overwritten, the latest on top.
struct Log {
    std::vector<char> bytes;
    template <class T> void push(T value) {
        bytes.resize(bytes.size() + sizeof(T));
        std::memcpy(bytes.data() + bytes.size() - sizeof(T), &value, sizeof(T));
    }
    template <class T> T pop() {
        T value;
        std::memcpy(&value, bytes.data() + bytes.size() - sizeof(T), sizeof(T));
        bytes.resize(bytes.size() - sizeof(T));
        return value;
    }
};

namespace l2l {

// to = from
template <class T> L2L_INLINE void copy(const T* from, long n, T* to) {
    std::memcpy(to, from, n * sizeof(T));
}
template <class T> L2L_INLINE void clear(T* to, long n) { std::memset(to, 0, n * sizeof(T)); }
// to += from
template <class T> L2L_INLINE void add(const T* from, long n, T* to) {
    for (long i = 0; i < n; ++i) to[i] += from[i];
}

}  // namespace l2l
