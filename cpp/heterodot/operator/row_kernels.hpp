// The innermost loops of a stencil operator: one strip of nodes, one row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Neighbouring nodes whose values of a varying row follow each other, one vector register of them
// or two, so that a kernel reads them in one stream.
constexpr Index group_nodes = 8;

// The row of a strip, or of group_nodes neighbours in it: where its offsets and values begin, and
// how many there are. A group has group_nodes values an entry (entry by entry), a strip of one row
// for all nodes has one.
struct RowGroup {
  Index value;
  std::uint32_t offset;
  std::int32_t entries;
};

// What becomes of a product: y = p, y += p or y += i p.
enum class Into { set, add, add_turned };

// Arrays that vector instructions read without crossing cache lines.
template <class T> struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <class Other> CacheLineAllocator(const CacheLineAllocator<Other> &) {}
  T *allocate(std::size_t count) {
    return static_cast<T *>(::operator new(count * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T *where, std::size_t) { ::operator delete(where, std::align_val_t{64}); }
  bool operator==(const CacheLineAllocator &) const { return true; }
};

// p[t] = Σ_e value[e] · x[offset[e] + t] for the nodes t of a strip. Width 2: x and y are complex.
void constant_row(const double *x, double *y, const std::int32_t *offset, const double *value,
                  Index entries, Index length, Index width, Into into);
void constant_row(const float *x, float *y, const std::int32_t *offset, const float *value,
                  Index entries, Index length, Index width, Into into);

// The same with values that vary along the strip, for several vectors x at once, which then share
// one pass over the values. Works on whole groups: x is read and y written up to the end of the
// last one.
void varying_row(const double *const *x, double *const *y, Index vectors, const RowGroup *groups,
                 Index count, const std::int32_t *offset, const double *value, Index width,
                 Into into);
void varying_row(const float *const *x, float *const *y, Index vectors, const RowGroup *groups,
                 Index count, const std::int32_t *offset, const float *value, Index width,
                 Into into);

// y[t] += v[t] · x[t], for interleaved complex x and y if complex_vectors.
void local_row(const double *x, double *y, const double *v, Index nodes, bool complex_vectors);
void local_row(const float *x, float *y, const double *v, Index nodes, bool complex_vectors);

} // namespace heterodot
