// The part of every program for CUDA that does not depend on the network: what a team of THREADS
// threads does together. Element i of a row belongs to thread i % THREADS of a team.

namespace l2l {

constexpr int WARP = 32, WARPS = THREADS / WARP;
constexpr unsigned ALL_LANES = ~0u;

// A truth value in a row: 0 or 1, as wide as a real number.
template <class real>
using Truth = std::conditional_t<sizeof(real) == sizeof(int32_t), int32_t, int64_t>;

// ---------------------------------------------------------------------------------------- memory

template <class T> struct Buffer {
    T* data;
    L2L_INLINE T& operator[](long i) const { return data[i]; }
};

// Hands out parts of the memory of a call: for all teams together, or for each of `workers`.
struct Arena {
    uintptr_t base;
    long worker, workers;
    uint64_t used;
    template <class T> L2L_INLINE Buffer<T> shared(long n) {
        const Buffer<T> found{reinterpret_cast<T*>(base + used)};
        used += rounded(n * sizeof(T));
        return found;
    }
    template <class T> L2L_INLINE Buffer<T> own(long n) {
        const uint64_t bytes = rounded(n * sizeof(T));
        const Buffer<T> found{reinterpret_cast<T*>(base + used + worker * bytes)};
        used += workers * bytes;
        return found;
    }
    static L2L_INLINE uint64_t rounded(uint64_t bytes) { return (bytes + 255) / 256 * 256; }
};

// The bytes that n elements take near the threads.
template <class T> constexpr long near_bytes(long n) { return (n * long(sizeof(T)) + 15) / 16 * 16; }

// All threads of a block copy an array to a place near them, behind what lies there.
template <class T> L2L_DEVICE void bring_near(T*& array, long n, char*& place) {
    auto* const to = reinterpret_cast<std::remove_const_t<T>*>(place);
    for (long i = threadIdx.x; i < n; i += blockDim.x) to[i] = array[i];
    array = to;
    place += near_bytes<T>(n);
}

// --------------------------------------------------------------------------------------- threads

// Among the threads of a team, and the team among those of all blocks.
L2L_DEVICE int thread() { return threadIdx.x % THREADS; }
L2L_DEVICE int warp() { return thread() / WARP; }
L2L_DEVICE int lane() { return threadIdx.x % WARP; }
L2L_DEVICE long team() { return (blockIdx.x * long(blockDim.x) + threadIdx.x) / THREADS; }
// The number of a thread among all of the grid, and how many there are.
L2L_DEVICE long place() { return blockIdx.x * long(blockDim.x) + threadIdx.x; }
L2L_DEVICE long places() { return gridDim.x * long(blockDim.x); }

// The sum over so many neighbouring lanes of a warp, for the first of them.
template <int LANES, class T> L2L_DEVICE T sum_of(T value) {
    for (int distance = LANES / 2; distance; distance /= 2)
        value += __shfl_down_sync(ALL_LANES, value, distance);
    return value;
}

// The sum over the threads of a team, for all of them; `partial` has room for one per warp.
template <class T> L2L_DEVICE T team_sum(T value, T* partial) {
    value = sum_of<WARP>(value);
    if (lane() == 0) partial[warp()] = value;
    barrier();
    T sum = 0;
    for (int w = 0; w < WARPS; ++w) sum += partial[w];
    barrier();
    return sum;
}

// ------------------------------------------------------------------------------------------ rows

template <class T> L2L_DEVICE void copy(const T* from, long n, T* to) {
    for (long i = thread(); i < n; i += THREADS) to[i] = from[i];
}
template <class T> L2L_DEVICE void copy_row(const T* from, int n, T* to) { copy(from, n, to); }
template <class T> L2L_DEVICE void clear(T* to, long n) {
    for (long i = thread(); i < n; i += THREADS) to[i] = 0;
}
template <class T> L2L_DEVICE void add(const T* from, long n, T* to) {
    for (long i = thread(); i < n; i += THREADS) to[i] += from[i];
}
template <class To, class From> L2L_DEVICE To converted(From value) {
    if constexpr (std::is_same_v<From, To>) return value;
    else return value != 0 ? 1 : 0;
}
// to = from, or 0 if there is none, with what is not 0 as the truth value 1
template <class From, class To> L2L_DEVICE void convert(const From* from, long n, To* to) {
    for (long i = thread(); i < n; i += THREADS) to[i] = from ? converted<To>(from[i]) : To(0);
}

// array[e] += shares[order[first[e]]] + ..., in the order of the lanes
template <class T>
L2L_DEVICE void add_groups(const T* shares, const int32_t* first, const int32_t* order, long n,
                           T* array) {
    for (long e = thread(); e < n; e += THREADS) {
        T sum = array[e];
        for (int k = first[e]; k < first[e + 1]; ++k) sum += shares[order[k]];
        array[e] = sum;
    }
}
// array[0] += shares[0] + ...
template <class T> L2L_DEVICE void add_all(const T* shares, long n, T* array) {
    if (warp() != 0) return;
    T sum = 0;
    for (long i = lane(); i < n; i += WARP) sum += shares[i];
    sum = sum_of<WARP>(sum);
    if (lane() == 0) array[0] += sum;
}

// Neighbouring elements of a row that are read at once.
template <class T> struct alignas(16) Quad {
    static constexpr int SIZE = 16 / sizeof(T);
    T values[SIZE];
};

// to[c] += sum of columns[r][c] * from[r] over the rows; each thread takes columns.
template <int ROWS, int COLUMNS, int STRIDE, class T>
L2L_DEVICE void add_product(const T* __restrict__ columns, const T* __restrict__ from, T* to) {
    constexpr int SIZE = Quad<T>::SIZE, WHOLE = ROWS / SIZE * SIZE;
    for (int c = thread(); c < COLUMNS; c += THREADS) {
        T sum = 0;
        // Many loads are on their way at once.
#pragma unroll 4
        for (int r = 0; r < WHOLE; r += SIZE) {
            const auto part = *reinterpret_cast<const Quad<T>*>(from + r);
#pragma unroll
            for (int k = 0; k < SIZE; ++k) sum += columns[long(r + k) * STRIDE + c] * part.values[k];
        }
        for (int r = WHOLE; r < ROWS; ++r) sum += columns[long(r) * STRIDE + c] * from[r];
        to[c] += sum;
    }
}

// Calls add(source, part), for all sources, from so many neighbouring lanes each, which have the
// parts 0, 1, ..., and adds the sum of what they return to to[source].
template <int LANES, class T, class F>
L2L_DEVICE void add_sums(int sources, T* to, F add) {
    constexpr int TOGETHER = WARP / LANES;
    for (int first = warp() * TOGETHER; first < sources; first += WARPS * TOGETHER) {
        const int source = first + lane() / LANES, part = lane() % LANES;
        const T sum = sum_of<LANES>(source < sources ? add(source, part) : T(0));
        if (source < sources && part == 0) to[source] += sum;
    }
}

// -------------------------------------------------------------------------------- events as bits
// Event i is bit i % 64 of word i / 64; the bits from n on are zero. Each warp writes and reads
// the half words of its own elements.

template <class T> L2L_DEVICE void pack_row(const T* row, int n, uint64_t* bits) {
    uint32_t* const halves = reinterpret_cast<uint32_t*>(bits);
    for (int first = warp() * WARP; first < (n + 63) / 64 * 64; first += THREADS) {
        const int i = first + lane();
        const uint32_t packed = __ballot_sync(ALL_LANES, i < n && row[i] != 0);
        if (lane() == 0) halves[first / WARP] = packed;
    }
    __syncwarp();
}
L2L_DEVICE void pack_bits(const uint8_t* fired, int n, uint64_t* bits) { pack_row(fired, n, bits); }

template <class T> L2L_DEVICE void unpack_row(const uint64_t* bits, int n, T* row) {
    const uint32_t* const halves = reinterpret_cast<const uint32_t*>(bits);
    for (int i = thread(); i < n; i += THREADS) row[i] = halves[i / WARP] >> (i % WARP) & 1;
}

template <class T> L2L_DEVICE void unpack_bits(const uint64_t* bits, int n, T* fired) {
    unpack_row(bits, n, fired);
}

// Every thread calls f(i) for the events in increasing, or in decreasing, order. Numbers of 32 bits
// take a device a third of the operations of longer ones.
template <class F> L2L_DEVICE void for_each_bit(const uint64_t* bits, int n, F f) {
    for (int word = 0; word < (n + 63) / 64; ++word) {
        const uint64_t both = bits[word];
        if (!both) continue;
#pragma unroll 1
        for (int half = 0; half < 64; half += WARP)
            for (uint32_t left = uint32_t(both >> half); left; left &= left - 1)
                f(word * 64 + half + __ffs(int(left)) - 1);
    }
}
template <class F> L2L_DEVICE void for_each_bit_down(const uint64_t* bits, int n, F f) {
    for (int word = (n + 63) / 64 - 1; word >= 0; --word) {
        const uint64_t both = bits[word];
        if (!both) continue;
#pragma unroll 1
        for (int half = WARP; half >= 0; half -= WARP)
            for (uint32_t left = uint32_t(both >> half); left;) {
                const int bit = WARP - 1 - __clz(int(left));
                left &= ~(1u << bit);
                f(word * 64 + half + bit);
            }
    }
}

}  // namespace l2l
