// The functions of Brian2's expressions, as torch computes them.

#include <cmath>
#include <limits>

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__CUDACC__)
// The C library has these for whole vectors too, but tells so only where -ffast-math is given.
#define L2L_VECTOR(function)                                            \
    __attribute__((simd("notinbranch"))) double function(double) noexcept; \
    __attribute__((simd("notinbranch"))) float function##f(float) noexcept;
extern "C" {
L2L_VECTOR(exp)
L2L_VECTOR(log)
L2L_VECTOR(sin)
L2L_VECTOR(cos)
#if __GLIBC_PREREQ(2, 35)
L2L_VECTOR(tan)
L2L_VECTOR(sinh)
L2L_VECTOR(cosh)
L2L_VECTOR(tanh)
L2L_VECTOR(asin)
L2L_VECTOR(acos)
L2L_VECTOR(atan)
L2L_VECTOR(log10)
L2L_VECTOR(log1p)
L2L_VECTOR(expm1)
L2L_VECTOR(erf)
#endif
}
#undef L2L_VECTOR
#endif

namespace l2l {

// Brian2's names; the right function of the C library for each type.
#define L2L_FUNCTION(name, function)                              \
    L2L_INLINE float name(float x) { return ::function##f(x); }   \
    L2L_INLINE double name(double x) { return ::function(x); }
L2L_FUNCTION(exp, exp)
L2L_FUNCTION(log, log)
L2L_FUNCTION(log10, log10)
L2L_FUNCTION(log1p, log1p)
L2L_FUNCTION(expm1, expm1)
L2L_FUNCTION(sqrt, sqrt)
L2L_FUNCTION(sin, sin)
L2L_FUNCTION(cos, cos)
L2L_FUNCTION(tan, tan)
L2L_FUNCTION(sinh, sinh)
L2L_FUNCTION(cosh, cosh)
L2L_FUNCTION(tanh, tanh)
L2L_FUNCTION(arcsin, asin)
L2L_FUNCTION(arccos, acos)
L2L_FUNCTION(arctan, atan)
L2L_FUNCTION(erf, erf)
L2L_FUNCTION(floor, floor)
L2L_FUNCTION(ceil, ceil)
#undef L2L_FUNCTION

template <class T> L2L_INLINE T abs(T x) {
    if constexpr (std::is_floating_point_v<T>) return std::abs(x);
    else return x < 0 ? -x : x;
}
template <class T> L2L_INLINE T sign(T x) { return T(T(0) < x) - T(x < T(0)); }
template <class T> L2L_INLINE T clip(T x, T low, T high) {
    x = x < low ? low : x;
    return x > high ? high : x;
}
template <class T> L2L_INLINE T exprel(T x) {
    return abs(x) < T(1e-16) ? T(1) : expm1(x) / x;
}
// 0 for what is not finite.
template <class T> L2L_INLINE T finite(T x) { return x - x == 0 ? x : T(0); }
template <class T> L2L_INLINE T power(T base, T exponent) {
    // torch multiplies where the exponent is 2.
    return exponent == 2 ? base * base : std::pow(base, exponent);
}
// As in Python, a remainder has the sign of the divisor.
template <class T> L2L_INLINE T mod(T x, T y) {
    if constexpr (std::is_floating_point_v<T>) {
        const T rest = std::fmod(x, y);
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
    } else {
        // The least number divided by -1 does not fit.
        const T rest = y == -1 ? T(0) : x % y;
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
    }
}
template <class T> L2L_INLINE T floor_divide(T x, T y) {
    if constexpr (std::is_floating_point_v<T>) {
        return (x - mod(x, y)) / y;
    } else {
        if (y == -1) return T(0 - std::make_unsigned_t<T>(x));
        return x / y - T(x % y != 0 && (x < 0) != (y < 0));
    }
}
// A whole number; what does not fit has no defined value in C++.
template <class W, class T> L2L_INLINE W whole(T x) {
    if constexpr (std::is_floating_point_v<T>) {
        const T limit = std::is_same_v<W, int32_t> ? T(2147483520.0) : T(9223371487098961920.0);
        return W(x < limit ? (x > -limit ? x : -limit) : limit);
    } else {
        return W(x);
    }
}
// Uniform random numbers, as brian2_l2l/mirror/counters.py has them.
L2L_INLINE uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}
L2L_INLINE uint64_t uniform_row(int64_t key, int64_t step, int64_t trial) {
    constexpr uint64_t far = 0x9E3779B97F4A7C15u;
    return mixed(mixed(uint64_t(key) + uint64_t(step) * far) + uint64_t(trial) * far);
}
L2L_INLINE uint32_t uniform_bits(uint32_t first, uint32_t second, uint32_t element) {
    uint32_t x = first + element * 0x9E3779B9u;
    x = (x ^ (x >> 17)) * 0xED5AD4BBu;
    x = ((x ^ (x >> 11)) + second) * 0xAC4C1B51u;
    x = (x ^ (x >> 15)) * 0x31848BABu;
    return x ^ (x >> 14);
}
template <class T> L2L_INLINE T uniform(uint64_t row, int64_t element) {
    const uint32_t first(row), second(row >> 32), here(element);
    const uint32_t x = uniform_bits(first, second, here);
    // Signed integers become vectors of real numbers on more processors.
    if constexpr (std::is_same_v<T, float>) return float(int32_t(x >> 8)) * 0x1p-24f;
    else return (double(x) * 0x1p20 + int32_t(uniform_bits(second, first, here) >> 12)) * 0x1p-52;
}
// The number of the step that contains a time.
L2L_INLINE int64_t timestep(double t, double dt) { return whole<int64_t>((t + 1e-3 * dt) / dt); }
// The row of a timed array at a time.
template <class T>
L2L_INLINE int32_t row(T t, double epsilon, double upsampling, int64_t rows) {
    const T step = std::nearbyint(t / T(epsilon)) / T(upsampling);
    const int64_t found = whole<int64_t>(step);
    return int32_t(found < 0 ? 0 : found >= rows ? rows - 1 : found);
}


// Tells the caller what number is wrong; any of those that several threads tell will do.
L2L_INLINE void note(int32_t* place, int32_t number) {
#ifdef __CUDACC__
    *static_cast<volatile int32_t*>(place) = number;
#else
    __atomic_store_n(place, number, __ATOMIC_RELAXED);
#endif
}
// What lanes cannot compute with, each kind with its number. It is told when all lanes have run, so
// that the compiler makes vectors of them; until then they go on with another value.
struct Faults {
    int32_t* const place;
    int32_t found = 0;
    L2L_INLINE explicit Faults(int32_t* place) : place(place) {}
    L2L_INLINE ~Faults() {
        if (found) note(place, found);
    }
    // A column of a table; a negative one counts from the end.
    template <class T> L2L_INLINE T column(T k, int64_t all, int32_t number) {
        const T columns = T(all), there = k < 0 ? k + columns : k;
        const bool outside = there < 0 || there >= columns;
        found = outside ? number : found;
        // Of a choice GCC makes no vectors here.
        return there & (T(outside) - 1);
    }
    template <class T> L2L_INLINE T divisor(T y, int32_t number) {
        found = y == 0 ? number : found;
        return y + T(y == 0);
    }
};

}  // namespace l2l
