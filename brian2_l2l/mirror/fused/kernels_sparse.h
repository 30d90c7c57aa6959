// Products with sparse weights.
//
// Compressed rows: the synapses of source j are first[j] .. first[j + 1] - 1, each with a target
// and a weight. The targets of one source are distinct; two synapses between the same two neurons
// must have been made one, or gone into different matrices.

namespace l2l {

// out[target[k]] += weight[k] for begin <= k < end
template <class real>
L2L_INLINE void scatter_row(const int32_t* target, const real* weight, int begin, int end,
                            real* out) {
#pragma GCC ivdep
    for (int k = begin; k < end; k++) out[target[k]] += weight[k];
}

// gradient[k] += lambda[target[k]] for begin <= k < end
template <class real>
L2L_INLINE void gather_row(const int32_t* target, int begin, int end, const real* lambda,
                           real* gradient) {
#pragma GCC ivdep
    for (int k = begin; k < end; k++) gradient[k] += lambda[target[k]];
}

// The number of elements of scratch memory (64-byte aligned) that multiply_sparse needs.
inline long sparse_scratch(int targets) { return 16L * targets; }

template <int WIDTH, class real>
inline void multiply_sparse_lanes(const int32_t* first, const int32_t* target, const real* weight,
                                  int sources, const real* lambda, long lambda_stride, int trials,
                                  int targets, real* scratch, real* out, long out_stride) {
    constexpr int BYTES = WIDTH * sizeof(real) < VECTOR_BYTES ? WIDTH * sizeof(real) : VECTOR_BYTES;
    constexpr int PARTS = WIDTH * sizeof(real) / BYTES, SUMS = PARTS < 4 ? 4 / PARTS : 1;
    using V = typename VectorOf<real, BYTES>::type;
    for (int i = 0; i < targets; i++)
        for (int b = 0; b < WIDTH; b++)
            scratch[i * long(WIDTH) + b] = b < trials ? lambda[b * lambda_stride + i] : 0;
    for (int j = 0; j < sources; j++) {
        V sum[SUMS][PARTS] = {};
        int k = first[j];
        const int end = first[j + 1];
        for (; k + SUMS <= end; k += SUMS)
#pragma GCC unroll 4
            for (int s = 0; s < SUMS; s++)
#pragma GCC unroll 8
                for (int p = 0; p < PARTS; p++)
                    sum[s][p] += weight[k + s] * as_vector<V>(scratch + target[k + s] * long(WIDTH) +
                                                              p * (WIDTH / PARTS));
        for (; k < end; k++)
#pragma GCC unroll 8
            for (int p = 0; p < PARTS; p++)
                sum[0][p] += weight[k] * as_vector<V>(scratch + target[k] * long(WIDTH) +
                                                      p * (WIDTH / PARTS));
        alignas(64) real total[WIDTH];
#pragma GCC unroll 8
        for (int p = 0; p < PARTS; p++) {
            V part = sum[0][p];
#pragma GCC unroll 4
            for (int s = 1; s < SUMS; s++) part += sum[s][p];
            as_vector<V>(total + p * (WIDTH / PARTS)) = part;
        }
        for (int b = 0; b < trials; b++) out[b * out_stride + j] += total[b];
    }
}

// out[b][j] += sum over the synapses k of source j of weight[k] * lambda[b][target[k]], for
// b < trials <= 16. The trials are side by side in `scratch`, so that a synapse is one vector
// operation for all of them and its target is looked up once.
template <class real>
inline void multiply_sparse(const int32_t* first, const int32_t* target, const real* weight,
                            int sources, const real* lambda, long lambda_stride, int trials,
                            int targets, real* scratch, real* out, long out_stride) {
    const auto product = trials <= 4   ? multiply_sparse_lanes<4, real>
                         : trials <= 8 ? multiply_sparse_lanes<8, real>
                                       : multiply_sparse_lanes<16, real>;
    product(first, target, weight, sources, lambda, lambda_stride, trials, targets, scratch, out,
            out_stride);
}

}  // namespace l2l
