#include "heterodot/ci/second_order.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <stdexcept>

#include "heterodot/parallel/parallel.hpp"
#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

constexpr Index rows_each = 64;               // gathered rows of one matrix product
constexpr Index columns_each = 256;           // pairs of outer spinors of one matrix product
constexpr Index outer_each = 8;               // outer spinors of one product for single ones
constexpr Index amplitude_elements = 1 << 22; // 64 MB of amplitudes of single outer spinors

struct Column {
  std::int32_t a, b;
  double interaction;
};

// The largest of values that threads find.
class Largest {
public:
  void add(double value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    value_ = std::max(value_, value);
  }
  double value() const { return value_; }

private:
  std::mutex mutex_;
  double value_ = -std::numeric_limits<double>::infinity();
};

// energy[c] += |amplitude[c]|² / (gap - outer_a - outer_b - interaction); returns the largest
// denominator.
HETERODOT_SIMD_CLONES
double add_pairs(const Complex *amplitude, const Column *columns, Index count, double gap,
                 const double *outer_a, const double *outer_b, double *energy) {
  double largest = -std::numeric_limits<double>::infinity();
  for (Index c = 0; c < count; ++c) {
    const Column &column = columns[c];
    const double re = amplitude[c].real(), im = amplitude[c].imag();
    const double denominator = gap - outer_a[column.a] - outer_b[column.b] - column.interaction;
    energy[c] += (re * re + im * im) / denominator;
    largest = std::max(largest, denominator);
  }
  return largest;
}

// Sums over pairs of outer spinors, the columns: fill(column, put) puts its integrals for all
// tuples, gather(row, to) the coefficients of a row, and gap(row, outer_a, outer_b) returns the
// energy that the row leaves and those of the outer spinors in its field. Writes energy[a - begin,
// b].
template <class Fill, class Gather, class Gap>
double sum_pairs(const std::vector<Column> &columns, Index tuples, Index rows, Index outer_firsts,
                 Index outer_seconds, const Fill &fill, const Gather &gather, const Gap &gap,
                 Index begin, Index others, double *energy) {
  Largest largest;
  parallel_for(columns.size(), columns_each, [&](Index c_begin, Index c_end) {
    const Index width = c_end - c_begin;
    std::vector<Complex> matrix(tuples * width), gathered(rows_each * tuples),
        product(rows_each * width);
    for (Index c = 0; c < width; ++c)
      fill(columns[c_begin + c],
           [&](Index tuple, Complex value) { matrix[tuple * width + c] = value; });
    const PackedMatrix packed(matrix.data(), tuples, width);
    std::vector<double> outer_a(outer_firsts), outer_b(outer_seconds), sum(width, 0.0);
    double top = -std::numeric_limits<double>::infinity();
    for (Index start = 0; start < rows; start += rows_each) {
      const Index some = std::min(rows_each, rows - start);
      for (Index r = 0; r < some; ++r)
        gather(start + r, gathered.data() + r * tuples);
      packed.multiply(gathered.data(), some, product.data());
      for (Index r = 0; r < some; ++r) {
        const double left = gap(start + r, outer_a.data(), outer_b.data());
        top = std::max(top, add_pairs(product.data() + r * width, columns.data() + c_begin, width,
                                      left, outer_a.data(), outer_b.data(), sum.data()));
      }
    }
    for (Index c = 0; c < width; ++c)
      energy[(columns[c_begin + c].a - begin) * others + columns[c_begin + c].b] = sum[c];
    largest.add(top);
  });
  return largest.value();
}

} // namespace

SecondOrder::SecondOrder(PerturbedCarriers first, PerturbedCarriers second,
                         const std::vector<double> &cross, const Complex *coefficients,
                         double energy)
    : first_(std::move(first)), second_(std::move(second)), cross_(cross),
      cross_turned_(cross.size()), energy_(energy), firsts_(first_.active, first_.particles),
      seconds_(second_.active, second_.particles) {
  for (const PerturbedCarriers *c : {&first_, &second_})
    if (c->active > c->spinors || c->level.size() != std::size_t(c->spinors) ||
        c->pair.size() != std::size_t(c->spinors) * c->spinors)
      throw std::invalid_argument("levels and interactions must belong to the spinors");
  if (cross.size() != std::size_t(first_.spinors) * second_.spinors)
    throw std::invalid_argument("cross must have one element for each pair of spinors");
  for (Index i = 0; i < first_.spinors; ++i)
    for (Index k = 0; k < second_.spinors; ++k)
      cross_turned_[k * first_.spinors + i] = cross_[i * second_.spinors + k];
  coefficients_.assign(coefficients, coefficients + firsts_.size() * seconds_.size());
  if (first_.particles >= 1) {
    less_one_ = std::make_unique<Determinants>(first_.active, first_.particles - 1);
    one_ = std::make_unique<Resolution>(firsts_, 1);
  }
  if (first_.particles >= 2) {
    less_two_ = std::make_unique<Determinants>(first_.active, first_.particles - 2);
    two_ = std::make_unique<Resolution>(firsts_, 2);
    between_ = std::make_unique<Resolution>(*less_one_, 1);
  }
  if (second_.particles >= 1) {
    second_less_one_ = std::make_unique<Determinants>(second_.active, second_.particles - 1);
    second_one_ = std::make_unique<Resolution>(seconds_, 1);
  }
}

// Energies of outer spinors of the first kind in the field of the carriers that are left.
void SecondOrder::own_energies(Index a_begin, Index a_end, const int *first, int first_count,
                               const int *second, int second_count, double *energies) const {
  const Index offset = first_.active;
  for (Index a = a_begin; a < a_end; ++a)
    energies[a] = first_.level[offset + a];
  for (int p = 0; p < first_count; ++p) {
    const double *pair = first_.pair.data() + Index(first[p]) * first_.spinors + offset;
    for (Index a = a_begin; a < a_end; ++a)
      energies[a] += pair[a];
  }
  for (int q = 0; q < second_count; ++q) {
    const double *cross = cross_turned_.data() + Index(second[q]) * first_.spinors + offset;
    for (Index a = a_begin; a < a_end; ++a)
      energies[a] -= cross[a];
  }
}

double SecondOrder::active_energy(const int *first, int first_count, const int *second,
                                  int second_count) const {
  double result = 0.0;
  const auto add = [&](const PerturbedCarriers &carriers, const int *occupied, int count) {
    for (int p = 0; p < count; ++p) {
      result += carriers.level[occupied[p]];
      for (int q = 0; q < p; ++q)
        result += carriers.pair[Index(occupied[p]) * carriers.spinors + occupied[q]];
    }
  };
  add(first_, first, first_count);
  add(second_, second, second_count);
  for (int p = 0; p < first_count; ++p)
    for (int q = 0; q < second_count; ++q)
      result -= cross_[Index(first[p]) * second_.spinors + second[q]];
  return result;
}

// Row (K, B): K has two carriers of the first kind less, B is a determinant of the second kind.
void SecondOrder::gather_pair(Index row, Complex *to) const {
  const Index seconds = seconds_.size(), k = row / seconds, b = row % seconds;
  std::fill_n(to, two_->tuples, Complex(0.0));
  for (Index t = two_->begin[k]; t < two_->begin[k + 1]; ++t) {
    const Resolution::Inverse &term = two_->inverse[t];
    to[term.tuple] = double(term.sign) * coefficients_[term.determinant * seconds + b];
  }
}

// Row (K, L): one carrier of each kind less.
void SecondOrder::gather_both(Index row, Complex *to) const {
  const Resolution &first = *one_, &second = *second_one_;
  const Index seconds = seconds_.size(), k = row / second.rests, l = row % second.rests;
  std::fill_n(to, first.tuples * second.tuples, Complex(0.0));
  for (Index s = first.begin[k]; s < first.begin[k + 1]; ++s) {
    const Resolution::Inverse &f = first.inverse[s];
    const Complex *from = coefficients_.data() + f.determinant * seconds;
    for (Index t = second.begin[l]; t < second.begin[l + 1]; ++t) {
      const Resolution::Inverse &h = second.inverse[t];
      to[f.tuple * second.tuples + h.tuple] = double(f.sign * h.sign) * from[h.determinant];
    }
  }
}

double SecondOrder::one(Index begin, Index count, const Complex *one_body, const Complex *like,
                        const Complex *attraction, double *energy) const {
  std::fill_n(energy, count, 0.0);
  Largest largest;
  if (!one_)
    return largest.value();
  const Index n = first_.active, m = second_.active, seconds = seconds_.size();
  const Index states = one_->rests * seconds;
  const Index each =
      std::clamp<Index>(amplitude_elements / std::max<Index>(1, states), 1, outer_each);
  const Complex *h = one_body;
  parallel_for(count, each, [&](Index a_begin, Index a_end) {
    const Index width = a_end - a_begin;
    std::vector<Complex> amplitudes(states * width, Complex(0.0)), gathered, product;
    const auto add = [&](Index state, double sign, const Complex *from) {
      Complex *to = amplitudes.data() + state * width;
      for (Index a = 0; a < width; ++a)
        to[a] += sign * from[a];
    };
    if (!two_) {
      std::vector<Complex> column(width);
      for (const Resolution::Inverse &term : one_->inverse)
        for (Index b = 0; b < seconds; ++b) {
          const Complex c = coefficients_[term.determinant * seconds + b];
          for (Index a = 0; a < width; ++a)
            column[a] = h[(a_begin + a) * n + term.tuple] * c;
          add(b, term.sign, column.data());
        }
    } else {
      // (a j <- k l) with the one-body part folded in, then c†_j onto what is left.
      const double share = 1.0 / (first_.particles - 1);
      const Index columns = n * width;
      std::vector<Complex> matrix(two_->tuples * columns);
      for (Index l = 0, pair = 0; l < n; ++l)
        for (Index k = 0; k < l; ++k, ++pair)
          for (Index j = 0; j < n; ++j)
            for (Index a = 0; a < width; ++a) {
              const Complex *block = like + (a_begin + a) * n * n * n;
              Complex value = block[(k * n + j) * n + l] - block[(l * n + j) * n + k];
              if (j == l)
                value += share * h[(a_begin + a) * n + k];
              if (j == k)
                value -= share * h[(a_begin + a) * n + l];
              matrix[pair * columns + j * width + a] = value;
            }
      const PackedMatrix packed(matrix.data(), two_->tuples, columns);
      gathered.resize(rows_each * two_->tuples);
      product.resize(rows_each * columns);
      const Index rows = two_->rests * seconds;
      for (Index start = 0; start < rows; start += rows_each) {
        const Index some = std::min(rows_each, rows - start);
        for (Index r = 0; r < some; ++r)
          gather_pair(start + r, gathered.data() + r * two_->tuples);
        packed.multiply(gathered.data(), some, product.data());
        for (Index r = 0; r < some; ++r) {
          const Index k = (start + r) / seconds, b = (start + r) % seconds;
          for (Index t = between_->begin[k]; t < between_->begin[k + 1]; ++t) {
            const Resolution::Inverse &term = between_->inverse[t];
            add(term.determinant * seconds + b, term.sign,
                product.data() + r * columns + term.tuple * width);
          }
        }
      }
    }
    if (second_one_) {
      // -(a i|l k), then c†_l of the second kind onto what is left.
      const Index columns = m * width, tuples = n * m;
      std::vector<Complex> matrix(tuples * columns);
      for (Index i = 0; i < n; ++i)
        for (Index k = 0; k < m; ++k)
          for (Index l = 0; l < m; ++l)
            for (Index a = 0; a < width; ++a)
              matrix[(i * m + k) * columns + l * width + a] =
                  -attraction[(((a_begin + a) * n + i) * m + l) * m + k];
      const PackedMatrix packed(matrix.data(), tuples, columns);
      gathered.resize(rows_each * tuples);
      product.resize(rows_each * columns);
      const Index rows = one_->rests * second_one_->rests;
      for (Index start = 0; start < rows; start += rows_each) {
        const Index some = std::min(rows_each, rows - start);
        for (Index r = 0; r < some; ++r)
          gather_both(start + r, gathered.data() + r * tuples);
        packed.multiply(gathered.data(), some, product.data());
        for (Index r = 0; r < some; ++r) {
          const Index k = (start + r) / second_one_->rests, l = (start + r) % second_one_->rests;
          for (Index t = second_one_->begin[l]; t < second_one_->begin[l + 1]; ++t) {
            const Resolution::Inverse &term = second_one_->inverse[t];
            add(k * seconds + term.determinant, term.sign,
                product.data() + r * columns + term.tuple * width);
          }
        }
      }
    }
    std::vector<double> outer(outer_first());
    double top = -std::numeric_limits<double>::infinity();
    for (Index k = 0; k < one_->rests; ++k)
      for (Index b = 0; b < seconds; ++b) {
        const int *first = less_one_->occupied(k), *second = seconds_.occupied(b);
        const double gap =
            energy_ - active_energy(first, first_.particles - 1, second, second_.particles);
        own_energies(begin + a_begin, begin + a_end, first, first_.particles - 1, second,
                     second_.particles, outer.data());
        const Complex *amplitude = amplitudes.data() + (k * seconds + b) * width;
        for (Index a = 0; a < width; ++a) {
          const double denominator = gap - outer[begin + a_begin + a];
          energy[a_begin + a] += std::norm(amplitude[a]) / denominator;
          top = std::max(top, denominator);
        }
      }
    largest.add(top);
  });
  return largest.value();
}

double SecondOrder::two(Index begin, Index count, const Complex *like, double *energy) const {
  const Index n = first_.active, others = begin + count, seconds = seconds_.size();
  std::fill_n(energy, count * others, 0.0);
  if (!two_)
    return -std::numeric_limits<double>::infinity();
  std::vector<Column> columns;
  for (Index a = begin; a < begin + count; ++a)
    for (Index b = 0; b < a; ++b)
      columns.push_back(
          {std::int32_t(a), std::int32_t(b), first_.pair[(n + a) * first_.spinors + n + b]});
  const auto fill = [&](const Column &column, const auto &put) {
    const auto integral = [&](Index p, Index q) {
      return like[(((column.a - begin) * n + p) * others + column.b) * n + q];
    };
    for (Index j = 0, pair = 0; j < n; ++j)
      for (Index i = 0; i < j; ++i, ++pair)
        put(pair, integral(i, j) - integral(j, i));
  };
  const auto gap = [&](Index row, double *outer_a, double *outer_b) {
    const int *first = less_two_->occupied(row / seconds),
              *second = seconds_.occupied(row % seconds);
    own_energies(0, others, first, first_.particles - 2, second, second_.particles, outer_a);
    std::copy_n(outer_a, others, outer_b);
    return energy_ - active_energy(first, first_.particles - 2, second, second_.particles);
  };
  return sum_pairs(
      columns, two_->tuples, two_->rests * seconds, outer_first(), outer_first(), fill,
      [&](Index row, Complex *to) { gather_pair(row, to); }, gap, begin, others, energy);
}

double SecondOrder::both(Index begin, Index count, const Complex *attraction,
                         double *energy) const {
  const Index n = first_.active, m = second_.active, others = outer_second();
  std::fill_n(energy, count * others, 0.0);
  if (!one_ || !second_one_)
    return -std::numeric_limits<double>::infinity();
  std::vector<Column> columns;
  for (Index a = begin; a < begin + count; ++a)
    for (Index b = 0; b < others; ++b)
      columns.push_back(
          {std::int32_t(a), std::int32_t(b), -cross_[(n + a) * second_.spinors + m + b]});
  const auto fill = [&](const Column &column, const auto &put) {
    for (Index i = 0; i < n; ++i)
      for (Index k = 0; k < m; ++k)
        put(i * m + k, -attraction[(((column.a - begin) * n + i) * others + column.b) * m + k]);
  };
  const auto gap = [&](Index row, double *outer_a, double *outer_b) {
    const int *first = less_one_->occupied(row / second_one_->rests);
    const int *second = second_less_one_->occupied(row % second_one_->rests);
    own_energies(begin, begin + count, first, first_.particles - 1, second, second_.particles - 1,
                 outer_a);
    for (Index b = 0; b < others; ++b) {
      double value = second_.level[m + b];
      for (int q = 0; q + 1 < second_.particles; ++q)
        value += second_.pair[Index(second[q]) * second_.spinors + m + b];
      for (int p = 0; p + 1 < first_.particles; ++p)
        value -= cross_[Index(first[p]) * second_.spinors + m + b];
      outer_b[b] = value;
    }
    return energy_ - active_energy(first, first_.particles - 1, second, second_.particles - 1);
  };
  return sum_pairs(
      columns, n * m, one_->rests * second_one_->rests, outer_first(), others, fill,
      [&](Index row, Complex *to) { gather_both(row, to); }, gap, begin, others, energy);
}

} // namespace heterodot
