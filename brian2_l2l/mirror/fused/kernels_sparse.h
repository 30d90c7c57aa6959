// Products with sparse weights.
//
// Compressed rows: the synapses of source j are first[j] .. first[j + 1] - 1, each with a target
// and a weight.

namespace l2l {

// out[target[k]] += weight[k] for begin <= k < end. One by one: the scatter instructions of the
// processors are slower.
template <class real>
L2L_INLINE void scatter_row(const int32_t* target, const real* weight, int begin, int end,
                            real* out) {
    for (int k = begin; k < end; k++) out[target[k]] += weight[k];
}

// gradient[k] += lambda[target[k]] for begin <= k < end. `gradient` need not be aligned.
template <class real>
L2L_INLINE void gather_row(const int32_t* target, int begin, int end, const real* lambda,
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

// The values of WIDTH trials side by side, lanes[i][b], so that a synapse is one vector operation
// for all trials. Lanes without a trial repeat the last one.
template <int WIDTH, class real>
inline void to_lanes(const real* rows, long stride, int trials, int n, real* lanes) {
    const real* row[WIDTH];
    for (int b = 0; b < WIDTH; b++) row[b] = rows + (b < trials ? b : trials - 1) * stride;
    for (int i = 0; i < n; i++)
        for (int b = 0; b < WIDTH; b++) lanes[long(i) * WIDTH + b] = row[b][i];
}

// rows[b][i] += lanes[i][b] for b < trials
template <int WIDTH, class real>
inline void add_lanes(const real* lanes, int trials, int n, real* rows, long stride) {
    for (int i = 0; i < n; i++)
        for (int b = 0; b < trials; b++) rows[b * stride + i] += lanes[long(i) * WIDTH + b];
}

// A sparse matrix as multiply_sparse reads it, for WIDTH = 4, 8 or 16 trials at once. The synapses of
// a source come in fours, and those to a block of targets that stays in the cache come together. A
// target is where its lanes begin in the block, divided by 8: four of these are one load, and the
// processor multiplies by 8 on its own.
template <class real, int WIDTH> struct PackedSparse {
    static constexpr int UNITS = WIDTH * sizeof(real) / 8, BLOCK = (1 << 17) / 8 / UNITS;
    int sources, targets, blocks;
    Buffer<int32_t> first;  // of each block and source
    Buffer<uint16_t> place;
    Buffer<real> weight;

    PackedSparse(const int32_t* rows, const int32_t* target, const real* weights, int sources,
                 int targets)
        : sources(sources), targets(targets), blocks((targets + BLOCK - 1) / BLOCK),
          first(std::size_t(blocks) * sources + 1) {
        const auto row = [&](int32_t k, int j) { return long(target[k] / BLOCK) * sources + j; };
        for (int j = 0; j < sources; j++)
            for (int k = rows[j]; k < rows[j + 1]; k++) first[row(k, j) + 1]++;
        for (long r = 0; r < long(blocks) * sources; r++)
            first[r + 1] = first[r] + (first[r + 1] + 3) / 4 * 4;
        const std::size_t size = first[long(blocks) * sources];
        place = Buffer<uint16_t>(size), weight = Buffer<real>(size);
        std::vector<int32_t> next(first.data, first.data + std::size_t(blocks) * sources);
        for (int j = 0; j < sources; j++)
            for (int k = rows[j]; k < rows[j + 1]; k++) {
                const int32_t p = next[row(k, j)]++;
                place[p] = uint16_t(target[k] % BLOCK * UNITS), weight[p] = weights[k];
            }
    }
    // The number of elements of 64-byte aligned scratch memory that multiply_sparse needs.
    long scratch() const { return (long(sources) + targets) * WIDTH; }
};

// out[b][j] += sum over the synapses k of source j of weight[k] * lambda[b][target[k]], for
// b < trials <= WIDTH.
template <class real, int WIDTH>
inline void multiply_sparse(const PackedSparse<real, WIDTH>& packed, const real* lambda,
                            long lambda_stride, int trials, real* scratch, real* out,
                            long out_stride) {
    constexpr int BYTES = WIDTH * int(sizeof(real));
    constexpr int PART = BYTES < VECTOR_BYTES ? BYTES : VECTOR_BYTES, PARTS = BYTES / PART;
    using V = typename VectorOf<real, PART>::type;
    using Packed = PackedSparse<real, WIDTH>;
    const int sources = packed.sources;
    const real* weight = packed.weight.data;
    real* sums = scratch + long(packed.targets) * WIDTH;
    to_lanes<WIDTH>(lambda, lambda_stride, trials, packed.targets, scratch);
    for (int block = 0; block < packed.blocks; block++) {
        const int32_t* first = packed.first.data + long(block) * sources;
        const char* lanes = (const char*)(scratch + long(block) * Packed::BLOCK * WIDTH);
        for (int j = 0; j < sources; j++) {
            // Four sums, because a multiply-add takes as long as four others.
            V sum[4][PARTS] = {};
            for (int k = first[j]; k < first[j + 1]; k += 4) {
                uint64_t places;
                std::memcpy(&places, packed.place.data + k, 8);
#pragma GCC unroll 4
                for (int n = 0; n < 4; n++)
#pragma GCC unroll 8
                    for (int p = 0; p < PARTS; p++)
                        sum[n][p] += weight[k + n] *
                                     *(const V*)(lanes + 8 * (places >> 16 * n & 65535) + PART * p);
            }
#pragma GCC unroll 8
            for (int p = 0; p < PARTS; p++) {
                V& total = as_vector<PART>(sums + long(j) * WIDTH + p * (WIDTH / PARTS));
                const V added = (sum[0][p] + sum[1][p]) + (sum[2][p] + sum[3][p]);
                total = block ? total + added : added;
            }
        }
    }
    add_lanes<WIDTH>(sums, trials, sources, out, out_stride);
}

}  // namespace l2l
