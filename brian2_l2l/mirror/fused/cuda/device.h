// How a program for CUDA is compiled by nvcc.

#include <cstdint>
#include <type_traits>

#define L2L_INLINE __host__ __device__ __forceinline__
#define L2L_DEVICE __device__ __forceinline__
#define STEP static __device__
#define L2L_KERNEL(threads) static __global__ void __launch_bounds__(threads, 1)
#define L2L_CONSTANT const __grid_constant__

namespace l2l {

extern __shared__ __align__(16) char shared_bytes[];
// The memory of a block that its threads reach fastest.
L2L_DEVICE char* shared_memory() { return shared_bytes; }

// All threads of a team wait for each other; the block has a barrier of its own, of number 0.
L2L_DEVICE void barrier() {
    const int team = threadIdx.x / THREADS;
    asm volatile("bar.sync %0, %1;" ::"r"(team + 1), "n"(THREADS) : "memory");
}

inline Room room() {
    int device = 0, bytes = 0, processors = 0;
    cudaGetDevice(&device);
    cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
    cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
    return {bytes, processors};
}

// Runs a kernel on a stream; returns the number of the error, or 0.
template <class Run>
int launch(void (*kernel)(Run), const Shape& shape, void* stream, const Run& run) {
    const void* const function = reinterpret_cast<const void*>(kernel);
    cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, int(shape.bytes));
    kernel<<<unsigned(shape.blocks), unsigned(shape.teams * THREADS), shape.bytes,
             static_cast<cudaStream_t>(stream)>>>(run);
    return int(cudaGetLastError());
}

inline const char* name_of_error(int error) { return cudaGetErrorString(cudaError_t(error)); }

}  // namespace l2l
