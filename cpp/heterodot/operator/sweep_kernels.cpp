#include "heterodot/operator/sweep_kernels.hpp"

#include "heterodot/operator/packed_lines.hpp"
#include "heterodot/parallel/registers.hpp"

namespace heterodot {
namespace {

using namespace packed;

template <Sweep sweep, Index lanes, Index bytes>
HETERODOT_INLINE void node(const float *x, float *y, const float *d, Index unit,
                           const NodeRows<float> &rows) {
  using Own = Line<float, lanes, bytes>;
  for (Index s = 0; s < rows.segments; ++s) {
    const RowSegment &row = rows.segment[s];
    const Own sum = gathered<float, lanes, bytes>(y, unit, rows, row);
    const float factor = d[row.orbital];
    for (Index r = 0; r < Own::count; ++r) {
      const Index at = row.orbital * unit + r * Own::each;
      typename Own::Register own;
      std::memcpy(&own, x + at, sizeof own);
      if constexpr (sweep == Sweep::forward)
        own = factor * (own - sum.part[r]);
      else
        own -= factor * sum.part[r];
      std::memcpy(y + at, &own, sizeof own);
    }
  }
}

template <Index lanes, Index bytes>
HETERODOT_INLINE void run(Sweep sweep, const float *x, float *y, const float *d, Index orbitals,
                          const NodeRows<float> &rows, Index nodes) {
  const Index stride = lanes * orbitals;
  if (sweep == Sweep::forward)
    for (Index t = 0; t < nodes; ++t)
      node<Sweep::forward, lanes, bytes>(x + t * stride, y + t * stride, d + t * orbitals, lanes,
                                         rows);
  else
    for (Index t = nodes - 1; t >= 0; --t)
      node<Sweep::backward, lanes, bytes>(x + t * stride, y + t * stride, d + t * orbitals, lanes,
                                          rows);
}

struct SweepOfNodes {
  Sweep sweep;
  Index lanes, orbitals, nodes;

  template <Index bytes>
  HETERODOT_INLINE void run(const float *x, float *y, const float *d,
                            const NodeRows<float> *rows) const {
    switch (lanes) {
    case 2:
      return heterodot::run<2, bytes>(sweep, x, y, d, orbitals, *rows, nodes);
    case 4:
      return heterodot::run<4, bytes>(sweep, x, y, d, orbitals, *rows, nodes);
    case 8:
      return heterodot::run<8, bytes>(sweep, x, y, d, orbitals, *rows, nodes);
    case 16:
      return heterodot::run<16, bytes>(sweep, x, y, d, orbitals, *rows, nodes);
    default:
      return heterodot::run<32, bytes>(sweep, x, y, d, orbitals, *rows, nodes);
    }
  }
};

} // namespace

void sweep_run(Sweep sweep, const float *x, float *y, const float *d, Index lanes, Index orbitals,
               const NodeRows<float> &rows, Index nodes) {
  run_with_widest_registers(SweepOfNodes{sweep, lanes, orbitals, nodes}, x, y, d, &rows);
}

} // namespace heterodot
