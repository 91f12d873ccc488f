// Blocks of vectors interleaved number by number, the layout in which operators work.
#pragma once

#include <cstddef>
#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Memory that begins on a cache line; large blocks in large pages where the system has them: rows
// reach into many pages of a block at once.
void *allocate_aligned(std::size_t bytes);
void free_aligned(void *where, std::size_t bytes);

// Arrays that vector instructions read without crossing cache lines.
template <class T> struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <class Other> CacheLineAllocator(const CacheLineAllocator<Other> &) {}
  T *allocate(std::size_t count) { return static_cast<T *>(allocate_aligned(count * sizeof(T))); }
  void deallocate(T *where, std::size_t count) { free_aligned(where, count * sizeof(T)); }
  bool operator==(const CacheLineAllocator &) const { return true; }
};
template <class T> using Aligned = std::vector<T, CacheLineAllocator<T>>;

// A block of vectors as (node, orbital, spin, vector, part): an entry of a row then multiplies a
// few whole registers, at any node alike, and the real rows that both spins share are read once
// for all vectors and spins. Outside of the core vectors follow each other and are (spin, orbital,
// node, part).
struct Packing {
  Index nodes;
  Index orbitals, spins;
  Index vectors; // a power of two
  Index width;   // reals in a number: 1, or 2 if it is complex

  // The most that one orbital takes at one node, and reals of a block of more than one vector.
  static constexpr Index widest_bytes = 128;
  static constexpr Index widest = widest_bytes / static_cast<Index>(sizeof(float));
  static constexpr Index most_reals = Index{1} << 25;

  Index lanes() const { return vectors * width; }    // reals of one band at one node
  Index line() const { return spins * lanes(); }     // reals of one orbital at one node
  Index stride() const { return orbitals * line(); } // reals of one node
  Index reals() const { return nodes * stride(); }

  // The same for what to take next of `count` vectors with reals of so many bytes: whole registers
  // where little of them stays empty, as far as memory allows.
  Packing next(Index count, Index real_bytes) const;
};

// Takes the first `count` of packing.vectors vectors from x; the others are zero.
template <class Real> void pack(const Packing &packing, const Real *x, Index count, Real *packed);
// Puts the numbers of `nodes` nodes from `first` on where they belong in the vectors y.
template <class Real>
void unpack(const Packing &packing, Index first, Index nodes, const Real *piece, Real *y,
            Index count);
// The same for all nodes.
template <class Real> void unpack(const Packing &packing, const Real *packed, Real *y, Index count);

// One value a band and node, in the order (node, orbital, spin) of packed vectors.
template <class Value>
std::vector<Value> node_by_node(const Packing &packing, const std::vector<Value> &values) {
  std::vector<Value> result(values.size());
  std::size_t to = 0;
  for (Index node = 0; node < packing.nodes; ++node)
    for (Index orbital = 0; orbital < packing.orbitals; ++orbital)
      for (Index spin = 0; spin < packing.spins; ++spin)
        result[to++] = values[static_cast<std::size_t>(
            (spin * packing.orbitals + orbital) * packing.nodes + node)];
  return result;
}

} // namespace heterodot
