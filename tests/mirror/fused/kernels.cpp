// What tests/mirror/fused/test_kernels.py calls. `real` is defined by the test.

using namespace l2l;

template <int WIDTH>
static void sparse(const int32_t* first, const int32_t* target, const real* weight, int sources,
                   int targets, const real* lambda, long lambda_stride, int trials, real* out,
                   long out_stride) {
    PackedSparse<real, WIDTH> packed(first, target, sources, targets);
    packed.set_weights(weight);
    Buffer<real> scratch(packed.scratch());
    for (long i = 0; i < packed.scratch(); i++) scratch[i] = NAN;
    multiply_sparse(packed, lambda, lambda_stride, trials, scratch.data, out, out_stride);
}

template <class T> static bool is_new(const Buffer<T>& buffer, long count) {
    bool zero = uintptr_t(buffer.data) % 64 == 0;
    for (long i = 0; i < count; i++) zero = zero && buffer[i] == 0;
    return zero;
}

extern "C" {

bool buffers(long count) {
    Buffer<real> one(count);
    bool good = is_new(one, count);
    for (long i = 0; i < count; i++) one[i] = i;
    real* const data = one.data;
    Buffer<real> two(std::move(one)), three;
    good = good && !one.data && two.data == data;
    three = std::move(two);
    return good && three.data == data && three[count - 1] == count - 1;
}

void threads(int count, int* calls) {
    parallel(count, [&](int thread) { calls[thread]++; });
}

void pack(const uint8_t* fired, int n, uint64_t* bits) { pack_bits(fired, n, bits); }
void unpack(const uint64_t* bits, int n, uint8_t* fired) { unpack_bits(bits, n, fired); }
int count(const uint64_t* bits, int n) { return count_bits(bits, n); }
int indices(const uint64_t* bits, int n, int* found) {
    int k = 0;
    for_each_bit(bits, n, [&](int i) { found[k++] = i; });
    return k;
}

int listed(const uint64_t* bits, int n, int first, int32_t* found) {
    return list_bits(bits, n, first, found);
}

void rows(const real* matrix, int stride, const int32_t* rows, int n, real* target) {
    if (stride == 16) add_rows<16>(matrix, rows, n, target);
    if (stride == 32) add_rows<32>(matrix, rows, n, target);
    if (stride == 224) add_rows<224>(matrix, rows, n, target);
    if (stride == 1008) add_rows<1008>(matrix, rows, n, target);
    if (stride == 2000) add_rows<2000>(matrix, rows, n, target);
}
void to_rows(const real* row, const int32_t* rows, int n, real* matrix) {
    add_to_rows<224>(row, rows, n, matrix);
}
void groups(const uint64_t* bits, int n, int sources, const real* from, int stride, real* target) {
    Groups groups;
    const auto bits_of = [&](int r) { return bits + r * words(sources); };
    // The last row first.
    const auto row_of = [&](int r) { return n - 1 - r; };
    for (int twice = 0; twice < 2; twice++)  // what was in the vectors does not matter
        groups.sort(n, sources, bits_of, row_of);
    add_groups(groups, sources, from, stride, target);
}

void dense(const real* z, long z_stride, int trials, const real* weights, int sources, int targets,
           long stride, real* out, long out_stride) {
    multiply_dense(z, z_stride, trials, weights, sources, targets, stride, out, out_stride);
}
void dense_adjoint(const real* lambda, long lambda_stride, int trials, const real* weights,
                   int sources, int targets, long stride, int back, real* out, long out_stride) {
    Buffer<real> packed(packed_size<real>(sources, targets));
    pack_transposed(weights, sources, targets, stride, packed.data);
    multiply_packed(lambda, lambda_stride, trials, packed.data, sources, targets, back, out,
                    out_stride);
}

void scatter(const int32_t* target, const real* weight, int begin, int end, real* out) {
    scatter_row(target, weight, begin, end, out);
}
void gather(const int32_t* target, int begin, int end, const real* lambda, real* gradient) {
    gather_row(target, begin, end, lambda, gradient);
}
void sparse_adjoint(int width, const int32_t* first, const int32_t* target, const real* weight,
                    int sources, int targets, const real* lambda, long lambda_stride, int trials,
                    real* out, long out_stride) {
    (width == 4 ? sparse<4> : width == 8 ? sparse<8> : sparse<16>)(
        first, target, weight, sources, targets, lambda, lambda_stride, trials, out, out_stride);
}
}
