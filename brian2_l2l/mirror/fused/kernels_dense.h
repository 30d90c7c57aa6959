// Products with dense weights: row j holds the weights of source j onto all targets.

namespace l2l {

// Columns that are summed in registers at once; what remains holds the address and the row.
constexpr int COLUMNS = VECTOR_REGISTERS / 2;

template <int VECTORS, class real>
L2L_INLINE void add_rows_block(const real* matrix, long stride, const int32_t* rows, int count,
                               real* target) {
    Vector<real> sum[VECTORS];
#pragma GCC unroll 16
    for (int v = 0; v < VECTORS; v++) sum[v] = as_vector(target + v * LANES<real>);
    for (int r = 0; r < count; r++) {
        const real* row = matrix + rows[r] * stride;
#pragma GCC unroll 16
        for (int v = 0; v < VECTORS; v++) sum[v] += as_vector(row + v * LANES<real>);
    }
#pragma GCC unroll 16
    for (int v = 0; v < VECTORS; v++) as_vector(target + v * LANES<real>) = sum[v];
}

// target[i] += matrix[rows[0]][i] + matrix[rows[1]][i] + ..., added one after the other from
// target[i] on. The rows are read once and each element of `target` is loaded and stored once.
template <int STRIDE, class real>
inline void add_rows(const real* matrix, const int32_t* rows, int count, real* target) {
    constexpr int BLOCK = COLUMNS * LANES<real>, WHOLE = STRIDE / BLOCK * BLOCK;
    if (!count) return;
    for (long column = 0; column < WHOLE; column += BLOCK)
        add_rows_block<COLUMNS>(matrix + column, STRIDE, rows, count, target + column);
    if constexpr (STRIDE > WHOLE)
        add_rows_block<(STRIDE - WHOLE) / LANES<real>>(matrix + WHOLE, STRIDE, rows, count,
                                                       target + WHOLE);
}

// matrix[rows[r]] += row for r < count
template <int STRIDE, class real>
inline void add_to_rows(const real* row, const int32_t* rows, int count, real* matrix) {
    for (int r = 0; r < count; r++) {
        real* const target = matrix + long(rows[r]) * STRIDE;
        for (int i = 0; i < STRIDE; i += LANES<real>) as_vector(target + i) += as_vector(row + i);
    }
}

// The spikes of several time steps and trials, sorted by their source: those of source j happened
// at rows[first[j]] .. rows[first[j + 1] - 1].
struct Groups {
    std::vector<int32_t> first, rows, spikes, ends;
    // For r < count, bits(r) are the spikes that happened at row(r).
    template <class Bits, class Row> void sort(int count, int sources, Bits bits, Row row) {
        int found = 0;
        ends.resize(count);
        for (int r = 0; r < count; r++) {
            if (spikes.size() < size_t(found) + sources + LIST_SLACK)
                spikes.resize(2 * (size_t(found) + sources + LIST_SLACK));
            ends[r] = found += list_bits(bits(r), sources, 0, spikes.data() + found);
        }
        // Counted one place further than usual: filling in moves each beginning to its end.
        first.assign(sources + 2, 0);
        for (int s = 0; s < found; s++) first[spikes[s] + 2]++;
        for (int j = 0; j <= sources; j++) first[j + 1] += first[j];
        rows.resize(found);
        for (int r = 0, s = 0; r < count; r++)
            for (; s < ends[r]; s++) rows[first[spikes[s] + 1]++] = row(r);
    }
};

// target[j] += the rows of `matrix` at which source j spiked. With some tens of time steps in the
// groups it is up to twice as fast as `add_to_rows` for each step: a few columns of all rows stay in
// the cache, and each element of `target` is loaded and stored once.
template <class real>
inline void add_groups(const Groups& groups, int sources, const real* matrix, int stride,
                       real* target) {
    constexpr int VECTORS = 4;
    const int32_t *const first = groups.first.data(), *const rows = groups.rows.data();
    const auto add = [&](auto vectors, long column) {
        for (int j = 0; j < sources; j++)
            if (first[j] < first[j + 1])
                add_rows_block<decltype(vectors)::value>(matrix + column, stride, rows + first[j],
                                                         first[j + 1] - first[j],
                                                         target + long(j) * stride + column);
    };
    int column = 0;
    for (; column + VECTORS * LANES<real> <= stride; column += VECTORS * LANES<real>)
        add(std::integral_constant<int, VECTORS>{}, column);
    with_constant<VECTORS - 1>((stride - column) / LANES<real>,
                               [&](auto vectors) { add(vectors, column); });
}

// out[b][i] += sum over k < inner of left[b][k] * right[k][i], for TRIALS values of b and VECTORS
// vectors of i. All sums stay in registers: as many independent ones as the latency of a fused
// multiply-add asks for, and each vector of `right` is used for all trials. PREFETCH fetches what
// lies `ahead`: so many elements further on.
constexpr int TRIALS_AT_ONCE = VECTOR_REGISTERS >= 32 ? 8 : 6, PANEL = 2;

template <int TRIALS, int VECTORS, bool PREFETCH, class real>
L2L_INLINE void multiply_tile(const real* left, long left_stride, int inner, const real* right,
                              long right_stride, real* out, long out_stride, long ahead) {
    using V = Vector<real>;
    V sum[TRIALS][VECTORS];
#pragma GCC unroll 16
    for (int b = 0; b < TRIALS; b++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++)
            sum[b][v] = as_vector(out + b * out_stride + v * LANES<real>);
    for (int k = 0; k < inner; k++, right += right_stride) {
        if constexpr (PREFETCH)
            for (int byte = 0; byte < VECTORS * VECTOR_BYTES; byte += 64)
                __builtin_prefetch((const char*)(right + ahead) + byte, 0, 2);
        V factor[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) factor[v] = as_vector(right + v * LANES<real>);
#pragma GCC unroll 16
        for (int b = 0; b < TRIALS; b++)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) sum[b][v] += left[b * left_stride + k] * factor[v];
    }
#pragma GCC unroll 16
    for (int b = 0; b < TRIALS; b++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++)
            as_vector(out + b * out_stride + v * LANES<real>) = sum[b][v];
}

// The same for any number of trials, in nearly equal groups; the last one fetches what is `ahead`.
template <int VECTORS, bool PREFETCH, class real>
inline void multiply_panel(const real* left, long left_stride, int trials, int inner,
                           const real* right, long right_stride, real* out, long out_stride,
                           long ahead) {
    for (int groups = (trials + TRIALS_AT_ONCE - 1) / TRIALS_AT_ONCE; groups > 0; groups--) {
        const int group = (trials + groups - 1) / groups;
        with_constant<TRIALS_AT_ONCE>(group, [&](auto constant) {
            constexpr int TRIALS = decltype(constant)::value;
            if (PREFETCH && groups == 1)
                multiply_tile<TRIALS, VECTORS, true>(left, left_stride, inner, right, right_stride,
                                                     out, out_stride, ahead);
            else
                multiply_tile<TRIALS, VECTORS, false>(left, left_stride, inner, right,
                                                      right_stride, out, out_stride, ahead);
        });
        trials -= group, left += group * left_stride, out += group * out_stride;
    }
}

// Calls f(constant PANEL or 1, first column) for the panels of vectors that cover `columns`, from
// the last one to the first if they are wanted back.
template <class real, class F>
L2L_INLINE void for_each_panel(int columns, F f, bool back = false) {
    const int vectors = (columns + LANES<real> - 1) / LANES<real>;
    const int wide = vectors / PANEL, panels = wide + vectors % PANEL;
    for (int k = 0; k < panels; k++) {
        const long panel = back ? panels - 1 - k : k;
        if (panel < wide)
            f(std::integral_constant<int, PANEL>{}, panel * PANEL * LANES<real>);
        else
            f(std::integral_constant<int, 1>{}, (wide * (PANEL - 1) + panel) * LANES<real>);
    }
}

// A matrix of so many bytes fits in a near cache. One that does not is walked a few rows at a time,
// so that a panel is still there for the next group of trials, and the next one on its way.
constexpr long NEAR = 1 << 19;
constexpr int FEW_ROWS = 128, ALL_ROWS = 1 << 30;

template <int ROWS, bool PREFETCH, class real>
inline void multiply_dense_rows(const real* z, long z_stride, int trials, const real* weights,
                                int sources, int targets, long stride, real* out,
                                long out_stride) {
    for (int first = 0; first < sources; first += ROWS) {
        const int rows = sources - first < ROWS ? sources - first : ROWS;
        for_each_panel<real>(targets, [&](auto vectors, long column) {
            multiply_panel<decltype(vectors)::value, PREFETCH>(
                z + first, z_stride, trials, rows, weights + first * stride + column, stride,
                out + column, out_stride, decltype(vectors)::value * LANES<real>);
        });
    }
}

// out[b][i] += sum_j z[b][j] * weights[j][i] for b < trials, j < sources, i < targets: the currents
// when so many of the sources spike that it beats `add_rows`, and the same to the bit, because the
// sums are made in the same order. `z` holds 0 and 1 as `real`.
template <class real>
inline void multiply_dense(const real* z, long z_stride, int trials, const real* weights,
                           int sources, int targets, long stride, real* out, long out_stride) {
    const auto multiply = sources * stride * long(sizeof(real)) <= NEAR
                              ? multiply_dense_rows<ALL_ROWS, false, real>
                              : multiply_dense_rows<FEW_ROWS, true, real>;
    multiply(z, z_stride, trials, weights, sources, targets, stride, out, out_stride);
}

// The number of elements that pack_transposed writes.
template <class real> inline long packed_size(int sources, int targets) {
    return long(sources + LANES<real> - 1) / LANES<real> * LANES<real> * targets;
}

// The transposed weights in the order in which multiply_packed reads them: for each panel of
// sources, for each target, the weights of the panel. Several threads share the panels.
template <class real>
inline void pack_transposed(const real* weights, int sources, int targets, long stride,
                            real* packed, int thread = 0, int threads = 1) {
    constexpr int WIDE = PANEL * LANES<real>;
    const Range panels = share((sources + WIDE - 1) / WIDE, thread, threads);
    const int first = int(panels.begin) * WIDE;
    const int end = panels.end * WIDE < sources ? int(panels.end) * WIDE : sources;
    packed += long(first) * targets;
    for_each_panel<real>(end - first, [&](auto vectors, long column) {
        constexpr int WIDTH = decltype(vectors)::value * LANES<real>;
        const long source = first + column;
        for (int i = 0; i < targets; i++)
            for (int lane = 0; lane < WIDTH; lane++)
                *packed++ = source + lane < sources ? weights[(source + lane) * stride + i] : 0;
    });
}

template <int VECTORS, int ROWS, bool PREFETCH, class real>
inline void multiply_packed_panel(const real* lambda, long lambda_stride, int trials,
                                  const real* panel, int targets, real* out, long out_stride) {
    constexpr long WIDTH = VECTORS * LANES<real>;
    for (int first = 0; first < targets; first += ROWS) {
        const int rows = targets - first < ROWS ? targets - first : ROWS;
        multiply_panel<VECTORS, PREFETCH>(lambda + first, lambda_stride, trials, rows,
                                          panel + first * WIDTH, WIDTH, out, out_stride,
                                          rows * WIDTH);
    }
}

// out[b][j] += sum_i lambda[b][i] * weights[j][i] for b < trials, j < sources, i < targets. Of a
// matrix that is larger than a cache, what was read last is still there: if the next call goes
// through the panels the other way round, it needs less of the rest.
template <class real>
inline void multiply_packed(const real* lambda, long lambda_stride, int trials, const real* packed,
                            int sources, int targets, bool back, real* out, long out_stride) {
    const bool near = packed_size<real>(sources, targets) * long(sizeof(real)) <= NEAR;
    const auto panel_at = [&](auto vectors, long source) {
        constexpr int VECTORS = decltype(vectors)::value;
        const auto multiply = near ? multiply_packed_panel<VECTORS, ALL_ROWS, false, real>
                                   : multiply_packed_panel<VECTORS, FEW_ROWS, true, real>;
        multiply(lambda, lambda_stride, trials, packed + source * targets, targets, out + source,
                 out_stride);
    };
    for_each_panel<real>(sources, panel_at, back);
}

}  // namespace l2l
