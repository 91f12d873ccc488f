// What takes differences of second order to fourth order inside a material.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/row_accumulator.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// Differences along legs (the edges of cells and the diagonals of their faces) miss h²/12 ∫|∂²ψ|²
// of the energy along each of them and, since legs end at nodes, at cuts and at walls, nothing else
// up to h³. These are the missing products of second derivatives at the points of a lattice,
//   Σ_i h_i²/12 D_ii |∂_ii ψ|² + Σ_i<j (D_ij + D_ji)/12 [(h_i² ∂_ii + h_j² ∂_jj)ψ† ∂_ij ψ + h.c.],
// which give the five-point second derivative. Differences of fourth order that change to second
// order near a wall would leave h²/12 ∮ D ∂ψ† ∂²ψ there instead.
//
// Heavy holes along [110] are what is left where pure and mixed parts nearly cancel, so that a
// mixed part that falls short of k_i k_j lifts them. With t = sin²(kh/2) the pure parts are
//   f = 4t (1 + t/3)/h²
// and the mixed one is sin k_i h sin k_j h/h² times 1 + 2/3 (t_i + t_j). With
//   − Σ_i<j h_i² h_j²/24 (D_ij + D_ji) [∂_iijj ψ† ∂_ij ψ + h.c.]
// 4/3 t_i t_j comes to that: along the diagonal it is √(f_i f_j) up to a part of t³, and nowhere
// more, so that the discrete k·D·k stays elliptic. On grids of second order three quarters of the
// mixed products do the same beside f = 4t/h²; what multigrid needs of them is heavy holes.
//
// A term of first order between an orbital u on the nodes and v half a step along i from them,
// ∫ u†C ∂_i v = −∫ ∂_i u† C v, misses −h_i²/24 ∫ ∂_ii u† C ∂_i v in the same way, which gives the
// staggered weights (1, −27, 27, −1)/24; and differences of u and v that meet at one place, with
// the mean C of C_ij and C_ji, ∫ C/24 [(h_i² ∂_ii + h_j² ∂_jj)u† ∂_ij v + ∂_ij u† (h_i² ∂_ii + h_j²
// ∂_jj)v].
//
// Those weights up to an interface would not do: beside it, where they turn to (−1, 1), the rows of
// a constant flux do not add up to zero but to (1, −2, 1)/24 of it. The envelope yields to that,
// and the energy has an error of first order.
class FourthOrder {
public:
  FourthOrder(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
              const WallSurface &surface, const DiscretisationOptions &options);

  // Whether the term takes differences of second order and gets its products here.
  static bool applies(int i, int j, Place a, Place b) {
    if (i < 3 && j < 3)
      return (a == b && (i == j || a == node_place)) || crossed(i, j, a, b);
    return compact_slope(i, j, a, b);
  }
  // ∂_i u† C ∂_j v where differences of u and v, which live at different places, meet at one.
  static bool crossed(int i, int j, Place a, Place b) {
    return i != j && toggled(a, i) == toggled(b, j);
  }
  // u†C ∂_i v or its conjugate, where ∂_i takes v from its faces to the nodes of u.
  static bool compact_slope(int i, int j, Place a, Place b) {
    return (i == 3 && j < 3 && a == node_place && b == toggled(node_place, j)) ||
           (j == 3 && i < 3 && b == node_place && a == toggled(node_place, i));
  }

  // Around a node, whether its own products and those of its neighbours are the same as in the bulk
  // (beyond the box the outermost node is taken to go on).
  bool uniform_around(const NodeIndex &node, int kinetics) const;
  void add(RowAccumulator &rows) const;

private:
  using Step = std::array<int, 3>;
  using Taps = std::vector<std::pair<Step, double>>;
  // Products of two differences: second derivatives along one axis, those in the plane of two
  // of one lattice or of two, or a second and a first derivative (and the other way round).
  struct Kind {
    std::array<int, 3> extent;                               // 1 along its axes
    std::vector<std::pair<Step, RowAccumulator::Taps>> taps; // by step from the point
    std::vector<std::pair<Place, Step>> needs;               // inside a wall
  };
  struct Coupling {
    int a, b;
    unsigned kind;
    Complex coefficient;
  };
  // The points where one orbital lives, and the products there.
  struct Lattice {
    Place place;
    std::vector<Kind> kinds;
    std::vector<std::vector<Coupling>> couplings; // by region
    std::vector<std::int16_t> kinetics;           // of the cells around a point; −1: several
    std::vector<std::uint32_t> inside;            // the kinds that lie inside a wall
  };
  static constexpr unsigned plane_kinds = 6, slope_kinds = 6, crossed_kinds = 6;
  static Kind make_kind(Place place, unsigned number);
  static Kind plane_kind(Place place, unsigned kind);
  static Kind slope_kind(int axis, bool conjugate);
  static Kind crossed_kind(Place place, unsigned pair, bool conjugate);
  void add_couplings(Lattice &lattice) const;
  void prepare_points(Lattice &lattice, const WallSurface &surface, bool open_faces) const;
  NodeIndex on_grid(NodeIndex node) const;
  bool in_box(const NodeIndex &node, const Kind &kind) const;
  std::size_t cell(const NodeIndex &node) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const FormField &forms_;
  int order_;
  std::vector<Lattice> lattices_;
};

} // namespace heterodot
