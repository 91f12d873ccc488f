// Potentials and fields of charges on the panels of surfaces.
#pragma once

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Panels with a centre, an outward normal, an area and panel_nodes points with weights that add up
// to the area. Far panels act from their centre; near ones (closer than near_panel times the square
// root of their area) from their nodes.
constexpr Index panel_nodes = 16;
constexpr double near_panel = 0.75;
// The same for charges off the surface, whose induced charge varies within panels.
constexpr double near_point = 16.0;

struct Panels {
  Index count;
  const double *centers, *normals; // (count, 3)
  const double *areas;             // (count)
  const double *nodes;             // (count, panel_nodes, 3)
  const double *node_normals;      // (count, panel_nodes, 3)
  const double *weights;           // (count, panel_nodes)
};

// matrix[p, q] = normal derivative at the centre of p of the potential of unit charge density on q;
// zero on the diagonal.
void panel_matrix(const Panels &panels, double *matrix);

// For each of count points: potential[t, q] of unit charge density on panel q at point t, and
// field[t, q] = mean over panel q of the normal field E of a unit charge at point t. A charge
// density strength * E is not constant on near panels: uneven[t] is what that adds to its potential
// at t.
void panel_response(const Panels &panels, const double *strength, const double *points, Index count,
                    float *potential, float *field, double *uneven);

} // namespace heterodot
