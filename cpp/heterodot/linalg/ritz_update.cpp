#include "heterodot/linalg/ritz_update.hpp"

#include <cmath>

#include "heterodot/linalg/row_tiles.hpp"
#include "heterodot/parallel/parallel.hpp"
#include "heterodot/parallel/registers.hpp"

namespace heterodot {
namespace {

using namespace row_tiles;

// vector += step; residual += image − value · step; returns the sum of the squares of residuals.
HETERODOT_INLINE double add_step(const float *__restrict s, const float *__restrict image,
                                 float value, double *__restrict vector,
                                 float *__restrict residual) {
  constexpr Index lanes = 16;
  float squares[lanes] = {};
  for (Index n = 0; n < chunk; n += lanes)
    for (Index lane = 0; lane < lanes; ++lane) {
      const Index at = n + lane;
      vector[at] += static_cast<double>(s[at]);
      residual[at] += image[at] - value * s[at];
      squares[lane] += residual[at] * residual[at];
    }
  double sum = 0.0;
  for (const float square : squares)
    sum += static_cast<double>(square);
  return sum;
}

HETERODOT_INLINE void scale(float factor, float *rows, Index count) {
  for (Index n = 0; n < count; ++n)
    rows[n] *= factor;
}

struct Update {
  const RowLayout &layout;
  const RitzBlocks &blocks;
  const RitzCoefficients &coefficients;

  template <Index bytes> HETERODOT_INLINE void run(Index begin, Index end, double *squares) const {
    const RitzCoefficients &c = coefficients;
    const Index parts = layout.parts(), count = blocks.vectors.count, rows = count * parts;
    const Index sources = blocks.directions.count * parts;
    const Index padded = whole_tiles<float, bytes>(rows);
    double *rotation = scratch<double, 10>(whole_tiles<double, bytes>(rows) * rows);
    float *steps = scratch<float, 11>(padded * sources);
    float *residual_parts = scratch<float, 13>(padded * 2 * rows);
    float *both = scratch<float, 14>(rows * 2 * rows); // [Cλ − λ'C, C]
    sort_factors<double, bytes>(c.rotation, rows, rows, rotation);
    sort_factors<float, bytes>(c.steps, rows, sources, steps);
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < rows; ++j) {
        both[i * 2 * rows + j] = c.shifts[i * rows + j];
        both[i * 2 * rows + rows + j] = static_cast<float>(c.rotation[i * rows + j]);
      }
    sort_factors<float, bytes>(both, rows, 2 * rows, residual_parts);
    double *x = scratch<double, 15>(rows * step);
    double *x_next = scratch<double, 16>(whole_tiles<double, bytes>(rows) * step);
    float *x_and_r = scratch<float, 17>(2 * rows * step), *d = scratch<float, 18>(sources * step);
    float *images = scratch<float, 19>(sources * step), *r_next = scratch<float, 20>(padded * step);
    float *s = scratch<float, 21>(padded * step), *as = scratch<float, 22>(padded * step);
    const auto constant = [](const auto &block) {
      using Real = std::remove_reference_t<decltype(*block.first)>;
      return RowBlock<const Real>{block.first, block.count, block.step};
    };
    for (Index first = begin; first < end; first += chunk) {
      const Index columns = std::min(chunk, end - first);
      take_rows(layout, constant(blocks.vectors), first, columns, x);
      take_rows(layout, constant(blocks.residuals), first, columns, x_and_r + rows * step);
      take_rows(layout, constant(blocks.directions), first, columns, d);
      take_rows(layout, constant(blocks.images), first, columns, images);
      for (Index n = 0; n < rows * step; ++n)
        x_and_r[n] = static_cast<float>(x[n]);
      combine_chunk<double, bytes>(rotation, x, rows, x_next, rows);
      combine_chunk<float, bytes>(residual_parts, x_and_r, 2 * rows, r_next, rows);
      combine_chunk<float, bytes>(steps, d, sources, s, rows);
      combine_chunk<float, bytes>(steps, images, sources, as, rows);
      for (Index row = 0; row < rows; ++row)
        squares[row / parts] +=
            add_step(s + row * step, as + row * step,
                     static_cast<float>(c.values[static_cast<std::size_t>(row / parts)]),
                     x_next + row * step, r_next + row * step);
      for (Index v = 0; v < count; ++v) {
        put_row<false>(layout, x_next + v * parts * step, first, columns, blocks.vectors.row(v));
        put_row<false>(layout, r_next + v * parts * step, first, columns, blocks.residuals.row(v));
      }
      for (std::size_t k = 0; k < c.kept.size(); ++k) {
        const Index own = c.kept[k] * parts * step;
        const auto factor = static_cast<float>(c.lengthened[k]);
        scale(factor, s + own, parts * step);
        scale(factor, as + own, parts * step);
        put_row<false>(layout, s + own, first, columns, blocks.directions.row(Index(k)));
        put_row<false>(layout, as + own, first, columns, blocks.images.row(Index(k)));
      }
    }
  }
};

} // namespace

std::vector<double> update_ritz_vectors(const RowLayout &layout, const RitzBlocks &blocks,
                                        const RitzCoefficients &coefficients) {
  const Index count = blocks.vectors.count, piece = columns_a_piece(layout.columns);
  const Index pieces = rounded_up(layout.columns, piece) / piece;
  std::vector<double> squares(static_cast<std::size_t>(pieces * count), 0.0);
  const Update job{layout, blocks, coefficients};
  parallel_for(pieces, 1, [&](Index first, Index last) {
    for (Index p = first; p < last; ++p)
      run_with_widest_registers(job, p * piece, std::min((p + 1) * piece, layout.columns),
                                squares.data() + p * count);
  });
  std::vector<double> norms(static_cast<std::size_t>(count), 0.0);
  for (Index p = 0; p < pieces; ++p)
    for (Index v = 0; v < count; ++v)
      norms[static_cast<std::size_t>(v)] += squares[static_cast<std::size_t>(p * count + v)];
  for (double &norm : norms)
    norm = std::sqrt(norm);
  return norms;
}

} // namespace heterodot
