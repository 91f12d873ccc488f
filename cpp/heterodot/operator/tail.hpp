// A barrier too steep for the grid, as a condition on the outermost surface.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "heterodot/operator/inside_volume.hpp"
#include "heterodot/operator/row_accumulator.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// Outside, ψ obeys −D∇²ψ + Vψ = Eψ and falls as exp(−κ(E)s), κ = √((V − E)/D), so the inside ends
// with the surface energy ∮ D [(κ(E) + K) ψ² + |∇_t ψ|²/2κ]: K is the mean curvature (exact for
// the s-like tail e^(−κr)/r of a sphere), the last term the motion of the tail along the surface.
// The energy dependence is kept by √e ≈ 3 − 8/(3 + e), e = (V − E)/(V − E0), which is exact to
// second order around the reference energy E0: a surface energy 3Dκ0 ψ², and one degree of freedom
// φ of energy V + 3(V − E0) on every node just outside, coupled to ψ on the surface by
// √8 D κ0^(3/2) per √area. Eliminating φ gives the fraction back, and φ² is the weight of the tail.
// Inside, a node's norm is the volume w that belongs to it; H ψ = E w ψ becomes a standard problem
// for w^(1/2) ψ.
class TailCondition {
public:
  TailCondition(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
                const WallSurface &surface, const Wall &wall);

  // Whether a node outside the surface carries a tail.
  bool exists(int orbital, const NodeIndex &node) const;
  // w^(−1/2) of a node.
  double scale(int orbital, const NodeIndex &node) const;
  // Adds what the surface contributes to the rows of one orbital at a node.
  void add_rows(int orbital, RowAccumulator &rows) const;
  // The energy of φ.
  double tail_energy() const { return energy_; }

private:
  struct Leg {
    int axis, side;
    bool has_tail;     // φ behind it lies on the grid
    double fraction;   // of the step that lies inside
    double area = 0.0; // of the surface that the leg stands for, per volume of a voxel
    Vec3 normal;
    double value, along; // the surface energy's factors of ψ² and |∇_t ψ|²
    double slope;        // −∂ψ/∂axis over ψ at the surface
  };
  struct SurfaceNode {
    double volume = 1.0;
    std::vector<Leg> legs;
  };
  using Taps = std::vector<std::pair<NodeIndex, double>>;

  bool in_grid(const NodeIndex &node) const;
  std::size_t cell(const NodeIndex &node) const;
  const SurfaceNode *surface_node(int orbital, const NodeIndex &node) const;
  SurfaceNode examine(int orbital, const NodeIndex &node, const FormField &forms,
                      const InsideVolume &volume) const;
  void share_surface(int orbital);
  Taps surface_value(int orbital, const NodeIndex &node, const Leg &leg) const;
  Taps gradient(int orbital, const NodeIndex &node, int axis) const;
  void add_surface_node(int orbital, const NodeIndex &node, const SurfaceNode &at,
                        RowAccumulator &rows) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const WallSurface &surface_;
  double diffusion_, kappa_, energy_; // diffusion and energy with the sign of the band
  struct OrbitalSurface {
    std::vector<std::int32_t> number; // of every node: surface node, or −1
    std::vector<SurfaceNode> nodes;
    std::vector<double> area; // of every node outside: the surface it stands for
  };
  std::vector<OrbitalSurface> orbitals_;
};

} // namespace heterodot
