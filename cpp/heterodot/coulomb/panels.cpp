#include "heterodot/coulomb/panels.hpp"

#include <cmath>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

struct Pull {
  double potential, field;
};

// 1 / |a - b| and n.(a - b) / |a - b|^3: the potential of a charge at b, and its field along n, at
// a.
inline Pull pull(const double *a, const double *b, const double *n) {
  const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  const double inverse = 1.0 / std::sqrt(x * x + y * y + z * z);
  return {inverse, (n[0] * x + n[1] * y + n[2] * z) * inverse * inverse * inverse};
}

inline bool is_near(const Panels &panels, Index q, const double *point, double reach) {
  const double *c = panels.centers + 3 * q;
  const double x = point[0] - c[0], y = point[1] - c[1], z = point[2] - c[2];
  return x * x + y * y + z * z < reach * reach * panels.areas[q];
}

} // namespace

void panel_matrix(const Panels &panels, double *matrix) {
  parallel_for(panels.count, 16, [&](Index begin, Index end) {
    for (Index p = begin; p < end; ++p) {
      const double *point = panels.centers + 3 * p, *normal = panels.normals + 3 * p;
      double *row = matrix + p * panels.count;
      for (Index q = 0; q < panels.count; ++q) {
        double field = 0.0;
        if (p == q) {
          // left to the caller
        } else if (is_near(panels, q, point, near_panel)) {
          for (Index k = q * panel_nodes; k < (q + 1) * panel_nodes; ++k)
            field += panels.weights[k] * pull(point, panels.nodes + 3 * k, normal).field;
        } else {
          field = panels.areas[q] * pull(point, panels.centers + 3 * q, normal).field;
        }
        row[q] = -field;
      }
    }
  });
}

void panel_response(const Panels &panels, const double *strength, const double *points, Index count,
                    float *potential, float *field, double *uneven) {
  parallel_for(count, 16, [&](Index begin, Index end) {
    for (Index t = begin; t < end; ++t) {
      const double *point = points + 3 * t;
      float *potentials = potential + t * panels.count, *fields = field + t * panels.count;
      double rest = 0.0;
      for (Index q = 0; q < panels.count; ++q) {
        const double area = panels.areas[q];
        if (!is_near(panels, q, point, near_point)) {
          const Pull far = pull(panels.centers + 3 * q, point, panels.normals + 3 * q);
          potentials[q] = static_cast<float>(area * far.potential);
          fields[q] = static_cast<float>(far.field);
          continue;
        }
        double mean = 0.0, flux = 0.0, both = 0.0;
        for (Index k = q * panel_nodes; k < (q + 1) * panel_nodes; ++k) {
          const Pull near = pull(panels.nodes + 3 * k, point, panels.node_normals + 3 * k);
          mean += panels.weights[k] * near.potential;
          flux += panels.weights[k] * near.field;
          both += panels.weights[k] * near.potential * near.field;
        }
        potentials[q] = static_cast<float>(mean);
        fields[q] = static_cast<float>(flux / area);
        rest += strength[q] * (both - mean * flux / area);
      }
      uneven[t] = rest;
    }
  });
}

} // namespace heterodot
