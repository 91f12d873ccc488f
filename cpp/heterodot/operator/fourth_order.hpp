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
// up to h³. These are the missing products of second derivatives at the nodes,
//   Σ_i h_i²/12 D_ii |∂_ii ψ|² + Σ_i<j (D_ij + D_ji)/12 [(h_i² ∂_ii + h_j² ∂_jj)ψ† ∂_ij ψ + h.c.],
// which give the five-point second derivative. Differences of fourth order that change to second
// order near a wall would leave h²/12 ∮ D ∂ψ† ∂²ψ there instead. The discrete k·D·k stays elliptic:
// in the plane of i and j its mixed part is at most √(f_i f_j) of its pure parts f.
//
// For second-order terms between orbitals on the nodes.
class FourthOrder {
public:
  static bool applies(int i, int j, Place a, Place b) {
    return i < 3 && j < 3 && a == node_place && b == node_place;
  }

  FourthOrder(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
              const WallSurface &surface, const DiscretisationOptions &options);

  // Around a node, whether its own products and those of its neighbours are the same as in the bulk
  // (beyond the box the outermost node is taken to go on).
  bool uniform_around(const NodeIndex &node, int kinetics) const;
  void add(RowAccumulator &rows) const;

private:
  // Products of one kind: those of one axis, or of the plane between two.
  static constexpr unsigned kinds = 6, all_kinds = (1u << kinds) - 1;
  struct Kind {
    std::array<int, 3> extent;                                             // 1 along its axes
    std::vector<std::pair<std::array<int, 3>, RowAccumulator::Taps>> taps; // by step from the node
  };
  struct Coupling {
    int a, b;
    unsigned kind;
    Complex coefficient;
  };
  void prepare_kinds();
  void prepare_nodes(const WallSurface &surface, bool open_faces);
  NodeIndex on_grid(NodeIndex node) const;
  bool in_box(const NodeIndex &node, const Kind &kind) const;
  std::size_t cell(const NodeIndex &node) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const FormField &forms_;
  std::array<Kind, kinds> kinds_;
  std::vector<std::vector<Coupling>> couplings_; // by region
  std::vector<std::int16_t> kinetics_; // of the cells around a node; −1: several. Empty: order 2
  std::vector<std::uint8_t> inside_;   // the kinds whose nodes lie inside a wall
};

} // namespace heterodot
