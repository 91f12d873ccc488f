#include "heterodot/ci/hamiltonian.hpp"

#include <algorithm>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr Index rows_each = 128;            // gathered rows of one matrix product
constexpr Index few = 8;                    // rows that are not worth a product of their own
constexpr Index scratch_elements = 1 << 23; // 128 MB of products waiting to be scattered

std::vector<Complex> pair_matrix(int spinors, int particles, const Complex *h, const Complex *v) {
  const Index n = spinors, pairs = n * (n - 1) / 2;
  std::vector<Complex> matrix(pairs * pairs);
  const double share = 1.0 / (particles - 1);
  const auto integral = [&](Index i, Index j, Index k, Index l) {
    return v[((i * n + j) * n + k) * n + l];
  };
  for (Index j = 0, row = 0; j < n; ++j)
    for (Index i = 0; i < j; ++i, ++row)
      for (Index l = 0, column = 0; l < n; ++l)
        for (Index k = 0; k < l; ++k, ++column) {
          Complex value = integral(i, k, j, l) - integral(i, l, j, k);
          if (j == l)
            value += share * h[i * n + k];
          if (i == k)
            value += share * h[j * n + l];
          if (j == k)
            value -= share * h[i * n + l];
          if (i == l)
            value -= share * h[j * n + k];
          matrix[row * pairs + column] = value;
        }
  return matrix;
}

std::vector<Complex> transposed(const std::vector<Complex> &matrix, Index rows, Index columns) {
  std::vector<Complex> result(matrix.size());
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j)
      result[j * rows + i] = matrix[i * columns + j];
  return result;
}

} // namespace

Species::Species(int spinors, int particles, const Complex *one_body, const Complex *pair_integrals)
    : determinants_(spinors, particles), diagonal_(determinants_.size(), 0.0) {
  if (particles == 0)
    return;
  own_ = std::make_unique<Resolution>(determinants_, std::min(particles, 2));
  const Index tuples = own_->tuples;
  std::vector<Complex> matrix = particles == 1
                                    ? std::vector<Complex>(one_body, one_body + tuples * tuples)
                                    : pair_matrix(spinors, particles, one_body, pair_integrals);
  for (Index d = 0; d < determinants_.size(); ++d)
    for (Index t = 0; t < own_->terms_each; ++t) {
      const Index tuple = own_->terms[d * own_->terms_each + t].tuple;
      diagonal_[d] += matrix[tuple * tuples + tuple].real();
    }
  const std::vector<Complex> columns = transposed(matrix, tuples, tuples);
  matrix_ = PackedMatrix(columns.data(), tuples, tuples);
}

void Species::add_apply(const Complex *x, Complex *y, Index count) const {
  if (!own_)
    return;
  const Index size = determinants_.size(), tuples = own_->tuples, rests = own_->rests;
  const Index rests_each = std::min(rests, std::max<Index>(1, rows_each / 8));
  const Index vectors_each = std::max<Index>(1, rows_each / rests_each);
  parallel_for(count, vectors_each, [&](Index begin, Index end) {
    const Index vectors = end - begin;
    std::vector<Complex> gathered(vectors * rests_each * tuples), product(gathered.size());
    for (Index first = 0; first < rests; first += rests_each) {
      const Index last = std::min(rests, first + rests_each);
      std::fill(gathered.begin(), gathered.end(), Complex(0.0));
      const auto for_each_term = [&](auto &&visit) {
        Index row = 0;
        for (Index v = begin; v < end; ++v)
          for (Index k = first; k < last; ++k, ++row)
            for (Index t = own_->begin[k]; t < own_->begin[k + 1]; ++t) {
              const Resolution::Inverse &term = own_->inverse[t];
              visit(row * tuples + term.tuple, v * size + term.determinant, double(term.sign));
            }
      };
      for_each_term([&](Index to, Index from, double sign) { gathered[to] = sign * x[from]; });
      matrix_.multiply(gathered.data(), vectors * (last - first), product.data());
      for_each_term([&](Index from, Index to, double sign) { y[to] += sign * product[from]; });
    }
  });
}

CIHamiltonian::CIHamiltonian(Species electrons, Species holes, const Complex *attraction)
    : electrons_(std::move(electrons)), holes_(std::move(holes)) {
  if (electrons_.determinants().particles() == 0 || holes_.determinants().particles() == 0)
    return;
  electron_ = std::make_unique<Resolution>(electrons_.determinants(), 1);
  hole_ = std::make_unique<Resolution>(holes_.determinants(), 1);
  const Index ne = electron_->tuples, nh = hole_->tuples;
  std::vector<Complex> matrix(ne * nh * ne * nh);
  attraction_diagonal_.resize(ne * nh);
  for (Index i = 0; i < ne; ++i)
    for (Index j = 0; j < ne; ++j)
      for (Index k = 0; k < nh; ++k)
        for (Index l = 0; l < nh; ++l)
          matrix[(j * nh + l) * ne * nh + i * nh + k] =
              -attraction[((i * ne + j) * nh + k) * nh + l];
  for (Index t = 0; t < ne * nh; ++t)
    attraction_diagonal_[t] = matrix[t * ne * nh + t].real();
  attraction_ = PackedMatrix(matrix.data(), ne * nh, ne * nh);
  const Determinants less_one(electrons_.determinants().spinors(),
                              electrons_.determinants().particles() - 1);
  free_.resize(less_one.size());
  for (Index k = 0; k < less_one.size(); ++k) {
    Index begin = 0;
    for (int p = 0; p <= less_one.particles(); ++p) {
      const Index filled = p < less_one.particles() ? less_one.occupied(k)[p] : ne;
      if (begin < filled)
        free_[k].push_back({begin * nh, filled * nh});
      begin = filled + 1;
    }
  }
}

Index CIHamiltonian::size() const {
  return electrons_.determinants().size() * holes_.determinants().size();
}

std::vector<double> CIHamiltonian::diagonal() const {
  const Determinants &e = electrons_.determinants(), &h = holes_.determinants();
  std::vector<double> result(size());
  for (Index a = 0; a < e.size(); ++a)
    for (Index b = 0; b < h.size(); ++b) {
      double value = electrons_.diagonal()[a] + holes_.diagonal()[b];
      for (int p = 0; p < e.particles(); ++p)
        for (int q = 0; q < h.particles(); ++q)
          value += attraction_diagonal_[e.occupied(a)[p] * h.spinors() + h.occupied(b)[q]];
      result[a * h.size() + b] = value;
    }
  return result;
}

// <row|-eh|column>: an electron and a hole hop, or stay, wherever both leave the same rests.
Complex CIHamiltonian::attraction(Index row, Index column) const {
  if (!electron_)
    return 0.0;
  const Resolution &e = *electron_, &h = *hole_;
  const Index nh = holes_.determinants().size();
  const Resolution::Term *e_row = e.terms.data() + row / nh * e.terms_each,
                         *e_column = e.terms.data() + column / nh * e.terms_each,
                         *h_row = h.terms.data() + row % nh * h.terms_each,
                         *h_column = h.terms.data() + column % nh * h.terms_each;
  Complex result = 0.0;
  for (Index s = 0; s < e.terms_each * e.terms_each; ++s) {
    const Resolution::Term &to = e_row[s / e.terms_each], &from = e_column[s % e.terms_each];
    if (to.rest != from.rest)
      continue;
    for (Index t = 0; t < h.terms_each * h.terms_each; ++t) {
      const Resolution::Term &onto = h_row[t / h.terms_each], &off = h_column[t % h.terms_each];
      if (onto.rest == off.rest)
        result +=
            double(to.sign * from.sign * onto.sign * off.sign) *
            attraction_.at(from.tuple * h.tuples + off.tuple, to.tuple * h.tuples + onto.tuple);
    }
  }
  return result;
}

std::vector<Complex> CIHamiltonian::block(const std::vector<Index> &determinants) const {
  const Index count = determinants.size(), ne = electrons_.determinants().size(),
              nh = holes_.determinants().size();
  std::vector<Complex> result(count * count);
  parallel_for(count, 8, [&](Index begin, Index end) {
    std::vector<Complex> unit, own_e(ne), own_h(nh);
    for (Index j = begin; j < end; ++j) {
      const Index a = determinants[j] / nh, b = determinants[j] % nh;
      const auto column = [&](const Species &species, Index which, std::vector<Complex> &to) {
        unit.assign(to.size(), 0.0);
        unit[which] = 1.0;
        std::fill(to.begin(), to.end(), Complex(0.0));
        species.add_apply(unit.data(), to.data(), 1);
      };
      column(electrons_, a, own_e);
      column(holes_, b, own_h);
      for (Index i = 0; i < count; ++i) {
        const Index c = determinants[i] / nh, d = determinants[i] % nh;
        Complex value = attraction(determinants[i], determinants[j]);
        if (b == d)
          value += own_e[c];
        if (a == c)
          value += own_h[d];
        result[i * count + j] = value;
      }
    }
  });
  return result;
}

void CIHamiltonian::apply(const Complex *x, Complex *y, Index count) const {
  const Index ne = electrons_.determinants().size(), nh = holes_.determinants().size();
  std::fill_n(y, count * size(), Complex(0.0));
  holes_.add_apply(x, y, count * ne);
  if (electrons_.determinants().particles() > 0) {
    // The electrons' part acts on the first index: turn it to the last and back.
    std::vector<Complex> turned(count * size()), result(count * size(), Complex(0.0));
    const auto turn = [&](const Complex *from, Complex *to, Index rows, Index columns, bool add) {
      parallel_for(count * columns, 16, [&](Index begin, Index end) {
        for (Index c = begin; c < end; ++c) {
          const Index v = c / columns, j = c % columns;
          const Complex *source = from + v * size() + j;
          Complex *target = to + v * size() + j * rows;
          for (Index i = 0; i < rows; ++i)
            target[i] = add ? target[i] + source[i * columns] : source[i * columns];
        }
      });
    };
    turn(x, turned.data(), ne, nh, false);
    electrons_.add_apply(turned.data(), result.data(), count * nh);
    turn(result.data(), y, nh, ne, true);
  }
  add_attraction(x, y, count);
}

// One electron and one hole are taken out; what is left, (K_e, K_h), labels the rows of one large
// product with the attraction. Products of a range of K_e wait in memory, then every electron
// determinant collects its own: no two threads write the same element and the order is fixed.
void CIHamiltonian::add_attraction(const Complex *x, Complex *y, Index count) const {
  if (!electron_)
    return;
  const Resolution &e = *electron_, &h = *hole_;
  const Index ne = electrons_.determinants().size(), nh = holes_.determinants().size();
  const Index tuples = e.tuples * h.tuples;
  const Index rests_each = std::clamp<Index>(
      scratch_elements / std::max<Index>(1, count * h.rests * tuples), 1, e.rests);
  std::vector<Complex> products(count * rests_each * h.rests * tuples);
  for (Index first = 0; first < e.rests; first += rests_each) {
    const Index last = std::min(e.rests, first + rests_each), width = last - first;
    const Index grain = std::max<Index>(1, rows_each / h.rests) * std::min(h.rests, rows_each);
    parallel_for(count * width * h.rests, grain, [&](Index begin, Index end) {
      std::vector<Complex> gathered((end - begin) * tuples, Complex(0.0));
      for (Index row = begin; row < end; ++row) {
        const Index b = row % h.rests, a = first + row / h.rests % width, v = row / h.rests / width;
        Complex *to = gathered.data() + (row - begin) * tuples;
        for (Index s = e.begin[a]; s < e.begin[a + 1]; ++s) {
          const Resolution::Inverse &electron = e.inverse[s];
          const Complex *from = x + (v * ne + electron.determinant) * nh;
          for (Index t = h.begin[b]; t < h.begin[b + 1]; ++t) {
            const Resolution::Inverse &hole = h.inverse[t];
            to[electron.tuple * h.tuples + hole.tuple] =
                double(electron.sign * hole.sign) * from[hole.determinant];
          }
        }
      }
      // Rows of the same K_e do without the spinors that K_e fills, unless they are very few.
      for (Index row = begin; row < end;) {
        const Index next = h.rests < few ? end : std::min(end, (row / h.rests + 1) * h.rests);
        const Complex *from = gathered.data() + (row - begin) * tuples;
        Complex *to = products.data() + row * tuples;
        if (h.rests < few) {
          attraction_.multiply(from, next - row, to);
        } else {
          const std::vector<PackedMatrix::Range> &free = free_[first + row / h.rests % width];
          attraction_.multiply(from, next - row, to, free, free);
        }
        row = next;
      }
    });
    parallel_for(count * ne, 4, [&](Index begin, Index end) {
      for (Index row = begin; row < end; ++row) {
        const Index v = row / ne, a = row % ne;
        for (Index s = 0; s < e.terms_each; ++s) {
          const Resolution::Term &electron = e.terms[a * e.terms_each + s];
          if (electron.rest < first || electron.rest >= last)
            continue;
          const Complex *from = products.data() +
                                (v * width + electron.rest - first) * h.rests * tuples +
                                electron.tuple * h.tuples;
          for (Index b = 0; b < nh; ++b)
            for (Index t = 0; t < h.terms_each; ++t) {
              const Resolution::Term &hole = h.terms[b * h.terms_each + t];
              y[row * nh + b] +=
                  double(electron.sign * hole.sign) * from[hole.rest * tuples + hole.tuple];
            }
        }
      }
    });
  }
}

} // namespace heterodot
