// How kernels are launched.

namespace l2l {

// Blocks of teams of THREADS threads, and the bytes that each block has near its threads.
struct Shape {
    long blocks, teams, bytes;
};

// The bytes near the threads that a block can have, and the number of processors.
struct Room {
    long bytes, processors;
};

}  // namespace l2l
