// How a program for CUDA is compiled by nvcc.

#include <cstdint>
#include <type_traits>

#define L2L_INLINE __host__ __device__ __forceinline__
#define L2L_DEVICE __device__ __forceinline__
#define STEP static __device__
#define L2L_KERNEL static __global__ void __launch_bounds__(l2l::THREADS)
#define L2L_CONSTANT const __grid_constant__

namespace l2l {

extern __shared__ __align__(16) char shared_bytes[];
// The memory of a block that its threads reach fastest.
L2L_DEVICE char* shared_memory() { return shared_bytes; }

// Runs a kernel on a stream; returns the number of the error, or 0.
template <class Run>
int launch(void (*kernel)(Run), long blocks, long bytes, void* stream, const Run& run) {
    kernel<<<unsigned(blocks), THREADS, bytes, static_cast<cudaStream_t>(stream)>>>(run);
    return int(cudaGetLastError());
}

inline const char* name_of_error(int error) { return cudaGetErrorString(cudaError_t(error)); }

}  // namespace l2l
