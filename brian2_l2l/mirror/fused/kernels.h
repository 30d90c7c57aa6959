// The part of every generated program that does not depend on the network, in C++17 for g++ and
// clang++.
//
// `real` is float or double. A row is a run of elements in memory; rows are 64-byte aligned, their
// stride is a multiple of 16 elements, and the elements that fill it up are zero (zero times a
// number that is not finite makes them NaN: never sum over them).
//
// kernels.h         padded, parallel; spikes: pack_bits, unpack_bits, pack_row,
//                   unpack_row, unpack_numbers, copy_row; count_bits, for_each_bit, list_bits
// memory.h          Buffer
// kernels_dense.h   add_rows, add_to_rows, Groups, add_groups, multiply_dense; the adjoint:
//                   pack_transposed, multiply_packed
// kernels_sparse.h  scatter_row, gather_row, scatter_rows, gather_rows; the adjoint: PackedSparse,
//                   multiply_sparse
//
// No <iostream> here or in generated code: it would tie the library to the newest libstdc++.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>
#ifdef __linux__
#include <sys/mman.h>
#endif

#define L2L_INLINE inline __attribute__((always_inline))

namespace l2l {

// ---------------------------------------------------------------------------------- small tools

constexpr int padded(int n) { return (n + 15) / 16 * 16; }

// What one of several threads takes of n things.
struct Range {
    long begin, end;
};
inline Range share(long n, int thread, int threads) {
    return {n * thread / threads, n * (thread + 1) / threads};
}

// to = from, or 0 if there is none, with what is not 0 as the truth value 1
template <class From, class To> inline void convert(const From* from, long n, To* to) {
    // An array without elements has no address.
    if (n == 0) return;
    if constexpr (std::is_same_v<From, To>) {
        if (from) std::memcpy(to, from, n * sizeof(To));
    } else if (from) {
        for (long i = 0; i < n; i++) to[i] = from[i] != 0 ? 1 : 0;
    }
    if (!from) std::memset(to, 0, n * sizeof(To));
}

// Calls body(thread) for each thread; the caller is thread 0. Throws std::bad_alloc, when all have
// ended, if a body throws anything, because no exception may leave a thread.
template <class F> void parallel(int threads, F body) {
    std::atomic<bool> failed{false};
    const auto call = [&](int thread) {
        try {
            body(thread);
        } catch (...) {
            failed = true;
        }
    };
#ifdef _OPENMP
    // The threads of torch's own loops: others would compete with them while they wait for work.
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; thread++) call(thread);
#else
    std::vector<std::thread> others;
    others.reserve(threads);
    int thread = 1;
    try {
        for (; thread < threads; thread++) others.emplace_back(call, thread);
    } catch (...) {
        // The system has no more threads: the caller does what is left.
    }
    call(0);
    for (; thread < threads; thread++) call(thread);
    for (auto& other : others) other.join();
#endif
    if (failed) throw std::bad_alloc();
}

// Returns 0, or 1 if f throws: no exception may reach a caller in C.
template <class F> int caught(F f) noexcept {
    try {
        f();
        return 0;
    } catch (...) {
        return 1;
    }
}

// Calls f with `value` as a compile-time constant, 1 <= value <= MAXIMUM.
template <int MAXIMUM, class F> L2L_INLINE void with_constant(int value, F f) {
    if constexpr (MAXIMUM > 0) {
        if (value == MAXIMUM)
            f(std::integral_constant<int, MAXIMUM>{});
        else
            with_constant<MAXIMUM - 1>(value, f);
    }
}

// ------------------------------------------------------------------------------ spikes as bits
// Spike i is bit i % 64 of word i / 64; the bits from n on are zero.

constexpr int words(int n) { return (n + 63) / 64; }

// The lowest bits of eight bytes.
L2L_INLINE uint64_t pack_eight(uint64_t bytes) {
    // The product moves them side by side to the top.
    return bytes * 0x0102040810204080u >> 56;
}

// `fired` holds n bytes that are 0 or 1.
inline void pack_bits(const uint8_t* fired, int n, uint64_t* bits) {
    int word = 0;
#if defined(__AVX512BW__)
    typedef char Bytes __attribute__((vector_size(64), aligned(1), may_alias));
    const auto pack = [&](int first) {
        return uint64_t(__builtin_ia32_cvtb2mask512(-*(const Bytes*)(fired + first)));
    };
    for (; word < n / 64; word++) bits[word] = pack(word * 64);
    // The last word begins before its first byte, so that it ends with the last one.
    if (n > 64 && n % 64) bits[word++] = pack(n - 64) >> (64 - n % 64);
#endif
    for (; word < words(n); word++) {
        uint64_t packed = 0;
        for (int byte = 0; byte < 8 && word * 64 + byte * 8 < n; byte++) {
            const int first = word * 64 + byte * 8;
            uint64_t eight = 0;
            std::memcpy(&eight, fired + first, first + 8 <= n ? 8 : n - first);
            packed |= pack_eight(eight) << (8 * byte);
        }
        bits[word] = packed;
    }
}

template <class T> inline void unpack_bits(const uint64_t* bits, int n, T* fired) {
    for (int i = 0; i < n; i++) fired[i] = T(bits[i / 64] >> (i % 64) & 1);
}

// A truth value in a row: 0 or 1, as wide as a real number, so that both fill equal vectors.
template <class real>
using Truth = std::conditional_t<sizeof(real) == sizeof(int32_t), int32_t, int64_t>;

template <class T> struct Sixteen {
    typedef T type __attribute__((vector_size(16 * sizeof(T)), aligned(64), may_alias));
};

// The truth values of sixteen lanes as bits.
template <class T> L2L_INLINE uint64_t pack_sixteen(const T* row) {
#if defined(__AVX512DQ__)
    if constexpr (sizeof(T) == 4) {
        typedef int Signs __attribute__((vector_size(64)));
        return uint16_t(__builtin_ia32_cvtd2mask512((Signs)-*(const typename Sixteen<T>::type*)row));
    }
#endif
#if defined(__AVX2__)
    // The sign of minus one is its highest bit. GCC makes sixteen steps of the conversion below.
    typedef float Floats __attribute__((vector_size(32)));
    typedef double Doubles __attribute__((vector_size(32)));
    typedef T Lanes __attribute__((vector_size(32), may_alias));
    constexpr int LANES = 32 / sizeof(T);
    uint64_t packed = 0;
    for (int first = 0; first < 16; first += LANES) {
        const Lanes minus = -*(const Lanes*)(row + first);
        int signs;
        if constexpr (sizeof(T) == 4)
            signs = __builtin_ia32_movmskps256((Floats)minus);
        else
            signs = __builtin_ia32_movmskpd256((Doubles)minus);
        packed |= uint64_t(signs) << first;
    }
    return packed;
#endif
    typedef int8_t Bytes __attribute__((vector_size(16)));
    const Bytes bytes =
        __builtin_convertvector(*(const typename Sixteen<T>::type*)row, Bytes);
    uint64_t eight[2];
    std::memcpy(eight, &bytes, 16);
    return pack_eight(eight[0]) | pack_eight(eight[1]) << 8;
}

// The same as above for rows of truth values.
template <class T> L2L_INLINE void pack_row(const T* row, int n, uint64_t* bits) {
    for (int word = 0; word < n / 64; word++) {
        const T* at = row + word * 64;
        bits[word] = pack_sixteen(at) | pack_sixteen(at + 16) << 16 | pack_sixteen(at + 32) << 32 |
                     pack_sixteen(at + 48) << 48;
    }
    if (n % 64 == 0) return;
    uint64_t packed = 0;
    for (int first = n / 64 * 64; first < n; first += 16)
        packed |= pack_sixteen(row + first) << (first % 64);
    bits[n / 64] = packed & ((uint64_t(1) << n % 64) - 1);
}

template <class T> L2L_INLINE void unpack_row(const uint64_t* bits, int n, T* row) {
    using V = typename Sixteen<T>::type;
    const V place = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    for (int first = 0; first < n; first += 16) {
        const T sixteen = T(bits[first / 64] >> (first % 64) & 65535);
        *(V*)(row + first) = ((place & sixteen) == place) & 1;
    }
}

// Spikes as a row of numbers 0 and 1.
template <class real> L2L_INLINE void unpack_numbers(const uint64_t* bits, int n, real* row) {
    using V = typename Sixteen<Truth<real>>::type;
    using Numbers = typename Sixteen<real>::type;
    const V place = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    for (int first = 0; first < n; first += 16) {
        const Truth<real> sixteen = bits[first / 64] >> (first % 64) & 65535;
        const V truth = ((place & sixteen) == place) & 1;
        *(Numbers*)(row + first) = __builtin_convertvector(truth, Numbers);
    }
}

// to = from, for rows of n elements
template <class T> L2L_INLINE void copy_row(const T* from, int n, T* to) {
    using V = typename Sixteen<T>::type;
    for (int i = 0; i < n; i += 16) *(V*)(to + i) = *(const V*)(from + i);
}

inline int count_bits(const uint64_t* bits, int n) {
    int count = 0;
    for (int word = 0; word < words(n); word++) count += __builtin_popcountll(bits[word]);
    return count;
}

// Calls f(i) for the spikes in increasing order.
template <class F> L2L_INLINE void for_each_bit(const uint64_t* bits, int n, F f) {
    for (int word = 0; word < words(n); word++)
        for (uint64_t left = bits[word]; left; left &= left - 1)
            f(word * 64 + __builtin_ctzll(left));
}

#if defined(__AVX512VBMI2__)
typedef char SixtyFourBytes __attribute__((vector_size(64)));
typedef unsigned char SixteenBytes __attribute__((vector_size(16), may_alias));
typedef int32_t SixteenNumbers __attribute__((vector_size(64)));

inline constexpr struct Places {
    alignas(64) char at[64] = {};
    constexpr Places() {
        for (int i = 0; i < 64; i++) at[i] = char(i);
    }
} places;

L2L_INLINE SixteenNumbers widened(SixteenBytes bytes) {
#if defined(__clang__)
    return __builtin_convertvector(bytes, SixteenNumbers);
#else
    // GCC makes sixteen steps of that.
    typedef char Bytes __attribute__((vector_size(16)));
    return (SixteenNumbers)__builtin_ia32_pmovzxbd512_mask((Bytes)bytes, SixteenNumbers{}, -1);
#endif
}
#endif

// Writes down the spikes in increasing order, each plus `first`, and returns their number. There is
// room for LIST_SLACK more.
constexpr int LIST_SLACK = 16;
inline int list_bits(const uint64_t* bits, int n, int32_t first, int32_t* spikes) {
    int count = 0;
#if defined(__AVX512VBMI2__)
    // No processor foresees where a loop over the bits of a word ends.
    typedef int32_t Anywhere __attribute__((vector_size(64), aligned(4), may_alias));
    const auto all = *(const SixtyFourBytes*)places.at;
    for (int word = 0; word < words(n); word++) {
        const SixtyFourBytes found =
            __builtin_ia32_compressqi512_mask(all, SixtyFourBytes{}, bits[word]);
        const int many = __builtin_popcountll(bits[word]);
        for (int k = 0; k == 0 || k < many; k += 16)
            *(Anywhere*)(spikes + count + k) =
                widened(((const SixteenBytes*)&found)[k / 16]) + (first + word * 64);
        count += many;
    }
#else
    for_each_bit(bits, n, [&](int i) { spikes[count++] = first + i; });
#endif
    return count;
}

// ------------------------------------------------------------------------------------- vectors

#if defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64, VECTOR_REGISTERS = 32;
#elif defined(__AVX2__)
constexpr int VECTOR_BYTES = 32, VECTOR_REGISTERS = 16;
#elif defined(__aarch64__)
constexpr int VECTOR_BYTES = 16, VECTOR_REGISTERS = 32;
#else
constexpr int VECTOR_BYTES = 16, VECTOR_REGISTERS = 16;
#endif

template <class real, int BYTES = VECTOR_BYTES> struct VectorOf {
    typedef real type __attribute__((vector_size(BYTES), aligned(BYTES), may_alias));
};
template <class real> using Vector = typename VectorOf<real>::type;
template <class real> constexpr int LANES = VECTOR_BYTES / int(sizeof(real));

// The vector at an aligned address. The type is not an argument of the template, which would lose
// its attributes.
template <int BYTES = VECTOR_BYTES, class real>
L2L_INLINE typename VectorOf<real, BYTES>::type& as_vector(real* p) {
    return *(typename VectorOf<real, BYTES>::type*)p;
}
template <int BYTES = VECTOR_BYTES, class real>
L2L_INLINE const typename VectorOf<real, BYTES>::type& as_vector(const real* p) {
    return *(const typename VectorOf<real, BYTES>::type*)p;
}

}  // namespace l2l
