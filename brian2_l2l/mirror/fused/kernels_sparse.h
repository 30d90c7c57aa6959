// Products with sparse weights.
//
// Compressed rows: the synapses of source j are first[j] .. first[j + 1] - 1, each with a target
// and a weight.

namespace l2l {

// out[target[k]] += weight[k] for begin <= k < end. One by one: the scatter instructions of the
// processors are slower.
template <class real, class Index>
L2L_INLINE void scatter_row(const Index* target, const real* weight, int begin, int end,
                            real* out) {
    for (int k = begin; k < end; k++) out[target[k]] += weight[k];
}

// gradient[k] += lambda[target[k]] for begin <= k < end. `gradient` need not be aligned.
template <class real, class Index>
L2L_INLINE void gather_row(const Index* target, int begin, int end, const real* lambda,
                           real* gradient) {
    constexpr int N = 32 / sizeof(real);
    typedef real V __attribute__((vector_size(32), aligned(alignof(real)), may_alias));
    int k = begin;
    for (; k + N <= end; k += N) {
        V gathered;
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) gathered[n] = lambda[target[k + n]];
        *(V*)(gradient + k) += gathered;
    }
    for (; k < end; k++) gradient[k] += lambda[target[k]];
}

// Fetches elements begin .. end - 1: rows of a big matrix are short, and the processor does not
// guess the next one.
template <class T> L2L_INLINE void prefetch_row(const T* row, int begin, int end) {
    for (const char* at = (const char*)(row + begin); at < (const char*)(row + end); at += 64)
        __builtin_prefetch(at);
}

// Calls row(begin, end) for the synapses of each source, while those of the next are fetched.
template <class real, class Index, class Row>
L2L_INLINE void for_each_row(const int32_t* sources, int count, const int32_t* first,
                             const Index* target, const real* synapse, Row row) {
    for (int s = 0; s < count; s++) {
        if (s + 1 < count) {
            const int32_t* const next = first + sources[s + 1];
            prefetch_row(target, next[0], next[1]);
            prefetch_row(synapse, next[0], next[1]);
        }
        row(first[sources[s]], first[sources[s] + 1]);
    }
}

template <class real, class Index>
inline void scatter_rows(const int32_t* sources, int count, const int32_t* first,
                         const Index* target, const real* weight, real* out) {
    for_each_row(sources, count, first, target, weight,
                 [&](int begin, int end) { scatter_row(target, weight, begin, end, out); });
}

template <class real, class Index>
inline void gather_rows(const int32_t* sources, int count, const int32_t* first,
                        const Index* target, const real* lambda, real* gradient) {
    for_each_row(sources, count, first, target, gradient,
                 [&](int begin, int end) { gather_row(target, begin, end, lambda, gradient); });
}

// to[c][r] = from[r][c] for four rows and columns
template <class real>
L2L_INLINE void transpose_four(const real* const* from, long column, real* to, long to_stride) {
    constexpr int BYTES = 4 * sizeof(real);
    using V = typename VectorOf<real, BYTES>::type;
    const auto low = [](V a, V b) { return V{a[0], b[0], a[1], b[1]}; };
    const auto high = [](V a, V b) { return V{a[2], b[2], a[3], b[3]}; };
    const V a = as_vector<BYTES>(from[0] + column), b = as_vector<BYTES>(from[1] + column);
    const V c = as_vector<BYTES>(from[2] + column), d = as_vector<BYTES>(from[3] + column);
    as_vector<BYTES>(to) = low(low(a, c), low(b, d));
    as_vector<BYTES>(to + to_stride) = high(low(a, c), low(b, d));
    as_vector<BYTES>(to + 2 * to_stride) = low(high(a, c), high(b, d));
    as_vector<BYTES>(to + 3 * to_stride) = high(high(a, c), high(b, d));
}

// The values of WIDTH trials side by side, lanes[i][b] = rows[b][i] for i < padded(n), so that a
// synapse is one vector operation for all trials. Lanes without a trial repeat the last one.
template <int WIDTH, class real>
inline void to_lanes(const real* rows, long stride, int trials, int n, real* lanes) {
    const real* row[WIDTH];
    for (int b = 0; b < WIDTH; b++) row[b] = rows + (b < trials ? b : trials - 1) * stride;
    for (long i = 0; i < padded(n); i += 4)
        for (int b = 0; b < WIDTH; b += 4)
            transpose_four(row + b, i, lanes + i * WIDTH + b, WIDTH);
}

// rows[b][i] += lanes[i][b] for b < trials and i < padded(n)
template <int WIDTH, class real>
inline void add_lanes(const real* lanes, int trials, int n, real* rows, long stride) {
    for (long i = 0; i < padded(n); i += 4)
        for (int b = 0; b < trials; b += 4) {
            const real* lane[4];
            for (int r = 0; r < 4; r++) lane[r] = lanes + (i + r) * WIDTH;
            alignas(64) real four[4][4];
            transpose_four(lane, b, four[0], 4);
            for (int r = 0; r < 4 && b + r < trials; r++)
                as_vector<4 * sizeof(real)>(rows + (b + r) * stride + i) +=
                    as_vector<4 * sizeof(real)>(four[r]);
        }
}

// A sparse matrix as multiply_sparse reads it, for WIDTH = 4, 8 or 16 trials at once. The synapses
// of a source come in fours. A target is where its lanes begin, divided by 8: four of these are one
// load, and the processor multiplies by 8 on its own. What lies beyond their range makes blocks.
template <class real, int WIDTH> struct PackedSparse {
    static constexpr int UNITS = WIDTH * sizeof(real) / 8, RANGE = 65536 / UNITS;
    int sources, targets, blocks, block;
    Buffer<int32_t> first;    // of each block and source
    Buffer<uint16_t> place;
    Buffer<int32_t> synapse;  // its number in the compressed rows; -1 fills up a four
    Buffer<real> weight;

    template <class Index>
    PackedSparse(const int32_t* rows, const Index* target, int sources, int targets)
        : sources(sources), targets(targets), blocks((targets + RANGE - 1) / RANGE),
          block((targets + blocks - 1) / blocks), first(std::size_t(blocks) * sources + 1) {
        const auto row = [&](int32_t k, int j) { return long(target[k] / block) * sources + j; };
        for (int j = 0; j < sources; j++)
            for (int k = rows[j]; k < rows[j + 1]; k++) first[row(k, j) + 1]++;
        for (long r = 0; r < long(blocks) * sources; r++)
            first[r + 1] = first[r] + (first[r + 1] + 3) / 4 * 4;
        place = Buffer<uint16_t>(size()), synapse = Buffer<int32_t>(size());
        weight = Buffer<real>(size());
        for (int32_t p = 0; p < size(); p++) synapse[p] = -1;
        std::vector<int32_t> next(first.data, first.data + std::size_t(blocks) * sources);
        for (int j = 0; j < sources; j++)
            for (int k = rows[j]; k < rows[j + 1]; k++) {
                const int32_t p = next[row(k, j)]++;
                place[p] = uint16_t(target[k] % block * UNITS), synapse[p] = k;
            }
    }
    // `weights` are those of the compressed rows. Several threads share them.
    void set_weights(const real* weights, int thread = 0, int threads = 1) {
        for (auto [p, end] = share(size(), thread, threads); p < end; p++)
            weight[p] = synapse[p] < 0 ? 0 : weights[synapse[p]];
    }
    int32_t size() const { return first[long(blocks) * sources]; }
    // The number of elements of 64-byte aligned scratch memory that multiply_sparse needs.
    long scratch() const { return (long(padded(sources)) + padded(targets)) * WIDTH; }
};

// sums[b] += weight[k] * lanes[...][b] over the synapses begin <= k < end of one source and block
template <int WIDTH, class real>
L2L_INLINE void multiply_sparse_row(const uint16_t* place, const real* weight, int begin, int end,
                                    const char* lanes, real* sums) {
    constexpr int BYTES = WIDTH * int(sizeof(real));
    constexpr int PART = BYTES < VECTOR_BYTES ? BYTES : VECTOR_BYTES, PARTS = BYTES / PART;
    using V = typename VectorOf<real, PART>::type;
    // Four sums, because a multiply-add takes as long as four others.
    V sum[4][PARTS] = {};
    for (int k = begin; k < end; k += 4) {
        uint64_t places;
        std::memcpy(&places, place + k, 8);
#pragma GCC unroll 4
        for (int n = 0; n < 4; n++)
#pragma GCC unroll 8
            for (int p = 0; p < PARTS; p++)
                sum[n][p] += weight[k + n] *
                             *(const V*)(lanes + 8 * (places >> 16 * n & 65535) + PART * p);
    }
#pragma GCC unroll 8
    for (int p = 0; p < PARTS; p++)
        as_vector<PART>(sums + p * (WIDTH / PARTS)) +=
            (sum[0][p] + sum[1][p]) + (sum[2][p] + sum[3][p]);
}

// out[b][j] += sum over the synapses k of source j of weight[k] * lambda[b][target[k]], for
// b < trials <= WIDTH.
template <class real, int WIDTH>
inline void multiply_sparse(const PackedSparse<real, WIDTH>& packed, const real* lambda,
                            long lambda_stride, int trials, real* scratch, real* out,
                            long out_stride) {
    const int sources = packed.sources;
    const uint16_t* place = packed.place.data;
    const real* weight = packed.weight.data;
    real* sums = scratch + long(padded(packed.targets)) * WIDTH;
    to_lanes<WIDTH>(lambda, lambda_stride, trials, packed.targets, scratch);
    std::memset(sums, 0, long(padded(sources)) * WIDTH * sizeof(real));
    for (int block = 0; block < packed.blocks; block++) {
        const int32_t* first = packed.first.data + long(block) * sources;
        const char* lanes = (const char*)(scratch + long(block) * packed.block * WIDTH);
        for (int j = 0; j < sources; j++)
            multiply_sparse_row<WIDTH>(place, weight, first[j], first[j + 1], lanes,
                                       sums + long(j) * WIDTH);
    }
    add_lanes<WIDTH>(sums, trials, sources, out, out_stride);
}

}  // namespace l2l
