#include "heterodot/operator/packing.hpp"

#include <algorithm>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "heterodot/parallel/parallel.hpp"
#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

constexpr Index together = 64; // nodes whose packed numbers stay in cache while all bands come by

// Numbers of `width` reals from one stride to another.
template <class Real, Index width>
HETERODOT_INLINE void scatter(const Real *__restrict from, Index from_step, Real *__restrict to,
                              Index to_step, Index count) {
  for (Index t = 0; t < count; ++t)
    for (Index k = 0; k < width; ++k)
      to[t * to_step + k] = from[t * from_step + k];
}

template <class Real>
HETERODOT_INLINE void moved(const Real *from, Index from_step, Real *to, Index to_step, Index count,
                            Index width) {
  if (width == 1)
    scatter<Real, 1>(from, from_step, to, to_step, count);
  else
    scatter<Real, 2>(from, from_step, to, to_step, count);
}

constexpr std::size_t large_page = std::size_t{2} << 20;

std::align_val_t alignment(std::size_t bytes) {
  return std::align_val_t{bytes >= 2 * large_page ? large_page : 64};
}

} // namespace

void *allocate_aligned(std::size_t bytes) {
  void *where = ::operator new(bytes, alignment(bytes));
#if defined(__linux__)
  if (bytes >= 2 * large_page)
    madvise(where, bytes, MADV_HUGEPAGE); // a wish: whether it is granted does not matter
#endif
  return where;
}

void free_aligned(void *where, std::size_t bytes) {
  ::operator delete(where, alignment(bytes));
}

Packing Packing::next(Index count, Index real_bytes) const {
  const Index one = nodes * orbitals * spins * width;
  const Index most = std::min(widest_bytes / (real_bytes * spins * width), most_reals / one);
  Packing result = *this;
  result.vectors = 1;
  while (2 * result.vectors <= most && result.vectors < count)
    result.vectors *= 2;
  // Half of a register empty costs more than another pass.
  if (result.vectors > count && 4 * count < 3 * result.vectors)
    result.vectors /= 2;
  return result;
}

template <class Real> void pack(const Packing &p, const Real *x, Index count, Real *packed) {
  const Index size = p.nodes * p.orbitals * p.spins;
  parallel_for(p.nodes, 64 * together, [&](Index begin, Index end) {
    for (Index first = begin; first < end; first += together) {
      const Index nodes = std::min(together, end - first);
      Real *to = packed + first * p.stride();
      if (count < p.vectors)
        std::fill_n(to, nodes * p.stride(), Real(0));
      for (Index orbital = 0; orbital < p.orbitals; ++orbital)
        for (Index spin = 0; spin < p.spins; ++spin)
          for (Index v = 0; v < count; ++v)
            moved(x + p.width * (v * size + (spin * p.orbitals + orbital) * p.nodes + first),
                  p.width, to + orbital * p.line() + spin * p.lanes() + v * p.width, p.stride(),
                  nodes, p.width);
    }
  });
}

template <class Real>
void unpack(const Packing &p, Index first, Index nodes, const Real *piece, Real *y, Index count) {
  const Index size = p.nodes * p.orbitals * p.spins;
  for (Index done = 0; done < nodes; done += together)
    for (Index orbital = 0; orbital < p.orbitals; ++orbital)
      for (Index spin = 0; spin < p.spins; ++spin)
        for (Index v = 0; v < count; ++v)
          moved(piece + done * p.stride() + orbital * p.line() + spin * p.lanes() + v * p.width,
                p.stride(),
                y + p.width * (v * size + (spin * p.orbitals + orbital) * p.nodes + first + done),
                p.width, std::min(together, nodes - done), p.width);
}

template <class Real> void unpack(const Packing &p, const Real *packed, Real *y, Index count) {
  parallel_for(p.nodes, 64 * together, [&](Index begin, Index end) {
    unpack(p, begin, end - begin, packed + begin * p.stride(), y, count);
  });
}

template void pack<float>(const Packing &, const float *, Index, float *);
template void pack<double>(const Packing &, const double *, Index, double *);
template void unpack<float>(const Packing &, Index, Index, const float *, float *, Index);
template void unpack<double>(const Packing &, Index, Index, const double *, double *, Index);
template void unpack<float>(const Packing &, const float *, float *, Index);
template void unpack<double>(const Packing &, const double *, double *, Index);

} // namespace heterodot
