#include "heterodot/fields/convolution.hpp"

#include <algorithm>
#include <stdexcept>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr Index chunk = 2 * fft_lanes; // real parts of the lanes, then imaginary parts

struct Range {
  Index begin, end;
};

// Chunks of one plane of the padded box. A chunk more than a line has, in each line and in each
// plane, keeps equal places of neighbouring lines out of the same cache set.
Index slab_stride(const std::array<Index, 3> &padded) {
  return padded[1] * (padded[2] + 1) + 1;
}

// Reads the chunks of a line, stride chunks apart, into real and imaginary [padded][lanes]; those
// out of the range are zero.
void gather(const double *from, Index stride, Range range, Index padded, double *real,
            double *imaginary) {
  for (double *values : {real, imaginary}) {
    std::fill(values, values + range.begin * fft_lanes, 0.0);
    std::fill(values + range.end * fft_lanes, values + padded * fft_lanes, 0.0);
  }
  for (Index j = range.begin; j < range.end; ++j) {
    std::copy_n(from + j * stride * chunk, fft_lanes, real + j * fft_lanes);
    std::copy_n(from + j * stride * chunk + fft_lanes, fft_lanes, imaginary + j * fft_lanes);
  }
}

void scatter(const double *real, const double *imaginary, Index stride, Index length, double *to) {
  for (Index j = 0; j < length; ++j) {
    std::copy_n(real + j * fft_lanes, fft_lanes, to + j * stride * chunk);
    std::copy_n(imaginary + j * fft_lanes, fft_lanes, to + j * stride * chunk + fft_lanes);
  }
}

void scale(double *values, double factor) {
  for (Index lane = 0; lane < fft_lanes; ++lane)
    values[lane] *= factor;
}

} // namespace

Convolution::Convolution(std::array<Index, 3> shape, std::array<Index, 3> margin,
                         std::array<Index, 3> padded, std::vector<double> octant)
    : shape_(shape), margin_(margin), padded_(padded),
      ffts_{LaneFft(padded[0]), LaneFft(padded[1]), LaneFft(padded[2])},
      octant_(std::move(octant)) {
  Index expected = 1;
  for (int a = 0; a < 3; ++a) {
    if (margin[a] < 0 || 2 * margin[a] >= shape[a])
      throw std::invalid_argument("the margins must leave nodes between them");
    if (padded[a] % 2 != 0 || padded[a] < shape[a] || padded[a] < 2 * (shape[a] - margin[a]) - 1)
      throw std::invalid_argument("a padded axis must be even and hold twice the nodes less one");
    expected *= padded[a] / 2 + 1;
  }
  if (static_cast<Index>(octant_.size()) != expected)
    throw std::invalid_argument("the kernel must be given on one octant of the padded box");
  const double inverse = 1.0 / (double(padded[0]) * double(padded[1]) * double(padded[2]));
  for (double &value : octant_)
    value *= inverse;
}

void Convolution::apply(const double *fields, double *results, Index count) const {
  const std::scoped_lock only(busy_);
  if (!slabs_)
    slabs_ = std::make_unique_for_overwrite<double[]>(shape_[0] * slab_stride(padded_) * chunk);
  for (Index first = 0; first < count; first += chunk)
    apply_group(fields + first * size(), results + first * size(), std::min(chunk, count - first),
                slabs_.get());
}

void Convolution::apply_group(const double *fields, double *results, Index count,
                              double *slabs) const {
  const auto [nx, ny, nz] = shape_;
  const auto [ox, oy, oz] = margin_;
  const auto [mx, my, mz] = padded_;
  const Index longest = std::max({mx, my, mz}), row = mz + 1, slab = slab_stride(padded_);
  const Index needed = 4 * longest * fft_lanes;
  // Forward along z and y, slab by slab: zeros are never transformed.
  parallel_for(nx - 2 * ox, 1, [&](Index begin, Index end) {
    std::vector<double> work(needed);
    double *real = work.data(), *imaginary = real + longest * fft_lanes;
    double *scratch = imaginary + longest * fft_lanes;
    for (Index x = ox + begin; x < ox + end; ++x) {
      double *plane = slabs + x * slab * chunk;
      for (Index y = oy; y < ny - oy; ++y) {
        std::fill_n(real, mz * fft_lanes, 0.0);
        std::fill_n(imaginary, mz * fft_lanes, 0.0);
        for (Index f = 0; f < count; ++f) {
          const double *line = fields + f * size() + (x * ny + y) * nz;
          double *to = (f < fft_lanes ? real : imaginary) + f % fft_lanes;
          for (Index z = oz; z < nz - oz; ++z)
            to[z * fft_lanes] = line[z];
        }
        ffts_[2].transform(real, imaginary, scratch);
        scatter(real, imaginary, 1, mz, plane + y * row * chunk);
      }
      for (Index z = 0; z < mz; ++z) {
        gather(plane + z * chunk, row, {oy, ny - oy}, my, real, imaginary);
        ffts_[1].transform(real, imaginary, scratch);
        scatter(real, imaginary, row, my, plane + z * chunk);
      }
    }
  });
  // Along x there and back, multiplying by the kernel in between.
  const Index half[3] = {mx / 2 + 1, my / 2 + 1, mz / 2 + 1};
  parallel_for(my, 1, [&](Index begin, Index end) {
    std::vector<double> work(needed);
    double *real = work.data(), *imaginary = real + longest * fft_lanes;
    double *scratch = imaginary + longest * fft_lanes;
    for (Index y = begin; y < end; ++y)
      for (Index z = 0; z < mz; ++z) {
        double *line = slabs + (y * row + z) * chunk;
        const double *kernel = octant_.data() + std::min(y, my - y) * half[2] + std::min(z, mz - z);
        gather(line, slab, {ox, nx - ox}, mx, real, imaginary);
        ffts_[0].transform(real, imaginary, scratch);
        for (Index x = 0; x < mx; ++x) {
          const double factor = kernel[std::min(x, mx - x) * half[1] * half[2]];
          scale(real + x * fft_lanes, factor);
          scale(imaginary + x * fft_lanes, factor);
        }
        ffts_[0].transform(imaginary, real, scratch);
        scatter(real, imaginary, slab, nx, line);
      }
  });
  // Back along y and z.
  parallel_for(nx, 1, [&](Index begin, Index end) {
    std::vector<double> work(needed);
    double *real = work.data(), *imaginary = real + longest * fft_lanes;
    double *scratch = imaginary + longest * fft_lanes;
    for (Index x = begin; x < end; ++x) {
      double *plane = slabs + x * slab * chunk;
      for (Index z = 0; z < mz; ++z) {
        gather(plane + z * chunk, row, {0, my}, my, real, imaginary);
        ffts_[1].transform(imaginary, real, scratch);
        scatter(real, imaginary, row, ny, plane + z * chunk);
      }
      for (Index y = 0; y < ny; ++y) {
        gather(plane + y * row * chunk, 1, {0, mz}, mz, real, imaginary);
        ffts_[2].transform(imaginary, real, scratch);
        for (Index f = 0; f < count; ++f) {
          double *line = results + f * size() + (x * ny + y) * nz;
          const double *from = (f < fft_lanes ? real : imaginary) + f % fft_lanes;
          for (Index z = 0; z < nz; ++z)
            line[z] = from[z * fft_lanes];
        }
      }
    }
  });
}

} // namespace heterodot
