// Memory for the length of a call.

namespace l2l {

// Memory that buffers have left, for those of the next call. What is given back to the system comes
// back page by page, which takes as long as all else that a small network does in a call.
class Pool {
public:
    void* take(std::size_t size) {
        std::lock_guard<std::mutex> lock(mutex);
        for (Block& block : blocks)
            if (block.size == size) {
                void* const data = block.data;
                block = blocks.back();
                blocks.pop_back();
                kept -= size;
                return data;
            }
        return nullptr;
    }
    // Says no if it has enough, or has no room to write it down.
    bool give(void* data, std::size_t size) {
        std::lock_guard<std::mutex> lock(mutex);
        if (kept + size > MOST || caught([&] { blocks.push_back({data, size}); })) return false;
        kept += size;
        return true;
    }

private:
    struct Block {
        void* data;
        std::size_t size;
    };
#ifdef __SANITIZE_ADDRESS__
    // The sanitizer finds what uses memory that was left.
    static constexpr std::size_t MOST = 0;
#else
    static constexpr std::size_t MOST = std::size_t(1) << 25;
#endif
    std::mutex mutex;
    std::vector<Block> blocks;
    std::size_t kept = 0;
};

// Never destroyed: it outlives all buffers.
inline Pool& pool() {
    static Pool* const found = new Pool;
    return *found;
}

// Zeroed memory of its owner's lifetime. Throws std::bad_alloc.
template <class T> struct Buffer {
    T* data = nullptr;
    std::size_t size = 0;
    Buffer() = default;
    explicit Buffer(std::size_t count) {
        // Big ones are aligned to huge pages: reading rows all over a matrix misses the TLB less.
        const std::size_t huge = std::size_t(1) << 21, bytes = count * sizeof(T);
        const std::size_t alignment = bytes >= huge ? huge : 64;
        size = (bytes / alignment + 1) * alignment;
        data = static_cast<T*>(pool().take(size));
        if (!data) data = static_cast<T*>(std::aligned_alloc(alignment, size));
        if (!data) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
        if (alignment == huge) madvise(data, size, MADV_HUGEPAGE);
#endif
        std::memset(static_cast<void*>(data), 0, size);
    }
    Buffer(Buffer&& other) noexcept
        : data(std::exchange(other.data, nullptr)), size(std::exchange(other.size, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(data, other.data);
        std::swap(size, other.size);
        return *this;
    }
    ~Buffer() {
        if (data && !pool().give(data, size)) std::free(data);
    }
    T& operator[](std::size_t i) { return data[i]; }
    const T& operator[](std::size_t i) const { return data[i]; }
};

}  // namespace l2l
