#include "heterodot/operator/wall_surface.hpp"

#include <algorithm>
#include <cmath>

namespace heterodot {
namespace {

constexpr double smallest_leg = 1e-3; // bounds the largest eigenvalue; shifts a wall by h/1000

} // namespace

WallSurface::WallSurface(const Voxelisation &voxels, const std::vector<Place> &places, bool wall)
    : voxels_(voxels), wall_(wall) {
  if (wall)
    for (const Place place : places)
      if (inside_[place].empty())
        inside_[place] = voxels.inside(place);
}

bool WallSurface::inside(Place place, const NodeIndex &node) const {
  const Grid &grid = voxels_.grid();
  for (std::size_t d = 0; d < 3; ++d)
    if (node[d] < 0 || node[d] >= grid.shape[d])
      return false;
  return !wall_ || inside_[place][static_cast<std::size_t>(grid.index(node[0], node[1], node[2]))];
}

double WallSurface::cut_leg(Place place, const NodeIndex &inside, const NodeIndex &outside) const {
  const Grid &grid = voxels_.grid();
  const double fraction =
      voxels_.wall_fraction(grid.position(inside[0], inside[1], inside[2], place),
                            grid.position(outside[0], outside[1], outside[2], place));
  return std::clamp(fraction, smallest_leg, 1.0);
}

Vec3 WallSurface::normal(const Vec3 &point) const {
  Vec3 result{};
  double square = 0.0;
  for (std::size_t d = 0; d < 3; ++d) {
    const double step = 0.5 * voxels_.grid().spacing[d];
    Vec3 low = point, high = point;
    low[d] -= step;
    high[d] += step;
    result[d] = voxels_.signed_distance(high) - voxels_.signed_distance(low);
    result[d] /= step;
    square += result[d] * result[d];
  }
  for (double &component : result)
    component /= std::sqrt(square > 0.0 ? square : 1.0);
  return result;
}

double WallSurface::curvature(const Vec3 &point) const {
  const double centre = voxels_.signed_distance(point);
  double laplacian = 0.0;
  for (std::size_t d = 0; d < 3; ++d) {
    const double step = voxels_.grid().spacing[d];
    Vec3 low = point, high = point;
    low[d] -= step;
    high[d] += step;
    laplacian +=
        (voxels_.signed_distance(high) - 2 * centre + voxels_.signed_distance(low)) / (step * step);
  }
  return 0.5 * laplacian;
}

SurfacePoint WallSurface::nearest(const Vec3 &point, const Vec3 &normal) const {
  SurfacePoint result{point, 0.0};
  const double distance = voxels_.signed_distance(point);
  for (std::size_t d = 0; d < 3; ++d)
    result.position[d] -= distance * normal[d];
  const double centre = voxels_.signed_distance(result.position);
  double laplacian = 0.0;
  for (std::size_t d = 0; d < 3; ++d) {
    const double step = 0.05 * voxels_.grid().spacing[d];
    Vec3 low = result.position, high = result.position;
    low[d] -= step;
    high[d] += step;
    laplacian +=
        (voxels_.signed_distance(high) - 2 * centre + voxels_.signed_distance(low)) / (step * step);
  }
  result.curvature = 0.5 * laplacian; // of a signed distance
  return result;
}

} // namespace heterodot
