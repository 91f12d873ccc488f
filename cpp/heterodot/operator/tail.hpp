// A barrier too steep for the grid, as a condition on the outermost surface.
#pragma once

#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

#include "heterodot/operator/continuation.hpp"
#include "heterodot/operator/row_accumulator.hpp"

namespace heterodot {

// Outside, ψ obeys −D∇²ψ + Vψ = Eψ and falls as exp(−κ(E)s), κ = √((V − E)/D), so the inside ends
// with the surface energy ∮ D [(κ(E) + K) ψ² + |∇_t ψ|²/2κ]: K is the mean curvature (exact for
// the s-like tail e^(−κr)/r of a sphere), the last term the motion of the tail along the surface,
// with κ of an energy typical of that. The energy dependence is kept by √e ≈ 3 − 8/(3 + e), e = (V
// − E)/(V − E0), which is exact to second order around the reference energy E0: a surface energy
// 3Dκ0 ψ², and one degree of freedom φ of energy V + 3(V − E0) on a node outside, coupled to ψ on
// the surface by √8 D κ0^(3/2) per √area. Eliminating φ gives the fraction back, and φ² is the
// weight of the tail.
//
// Inside, the energy is ∑ D (∂_i ψ)² over the faces, each weighted by its open part, with ψ
// continued linearly to the nodes just outside whose voxels are cut: for linear ψ the fluxes
// through the faces of every voxel and through its piece of the surface then balance. Open faces
// take differences of fourth order (if those of the bulk are), whose outer nodes may be continued
// too. A node's norm is the volume w that belongs to it; H ψ = E w ψ becomes a standard problem for
// w^(1/2) ψ.
class TailCondition {
public:
  TailCondition(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
                const WallSurface &surface, const DiscretisationOptions &options);

  // Whether a node outside the surface carries a tail.
  bool exists(int orbital, const NodeIndex &node) const;
  // w^(−1/2) of a node.
  double scale(int orbital, const NodeIndex &node) const;
  // Whether the energy of a face, given by the node below it, is part of add_rows().
  bool owns_face(int orbital, const NodeIndex &below, int axis) const;
  // Whether anything here touches a node.
  bool touches(int orbital, const NodeIndex &node) const;
  // Adds the faces at the surface and the surface itself to the rows of one orbital at a node.
  void add_rows(int orbital, RowAccumulator &rows) const;
  // The energy of φ.
  double tail_energy() const { return energy_; }

private:
  // coefficient · left · right; elements with left ≠ right come in both orders.
  struct Element {
    Taps left, right;
    double coefficient;
  };
  struct Tail { // φ: its node, and the pieces of the surface that it stands for
    NodeIndex node;
    double area = 0.0;
    Taps integral; // of ψ over them
  };
  struct OrbitalSurface {
    OrbitalSurface(const Voxelisation &voxels, Place place, const WallSurface &surface)
        : faces(voxels, place), continuation(place, surface, faces) {}

    OpenFaces faces;
    Continuation continuation;
    std::vector<Element> elements;
    std::unordered_map<Index, std::vector<std::int32_t>> at; // elements that touch a node
    std::unordered_map<Index, double> volume;                // w where it is not 1
    std::map<Index, Tail> tails;
  };
  struct Piece { // of the surface, in the voxel of a node
    NodeIndex node;
    double area; // per volume of a voxel
    Vec3 normal;
  };

  bool inside(int orbital, const NodeIndex &node) const {
    return surface_.inside(place(orbital), node);
  }
  Vec3 centroid(int orbital, const NodeIndex &node) const;
  void share_volumes(int orbital);
  void add_faces(int orbital, const FormField &forms);
  std::vector<Piece> find_pieces(int orbital) const;
  Taps tail_nodes(int orbital, const Piece &piece) const;
  void add_piece(int orbital, const Piece &piece);
  void add_tails(int orbital);
  void add_element(int orbital, const Taps &left, const Taps &right, double coefficient);
  Index cell(const NodeIndex &node) const;
  bool in_grid(const NodeIndex &node) const;
  Place place(int orbital) const { return field_.places[static_cast<std::size_t>(orbital)]; }
  OrbitalSurface &own(int orbital) { return orbitals_[static_cast<std::size_t>(orbital)]; }
  const OrbitalSurface &own(int orbital) const {
    return orbitals_[static_cast<std::size_t>(orbital)];
  }
  // Nodes of the grid and one layer around it.
  template <class Action> void for_all_nodes(const Action &action) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const WallSurface &surface_;
  int order_; // of the differences on open faces
  double diffusion_, kappa_, tangential_kappa_,
      energy_; // diffusion and energy with the sign of the band
  std::deque<OrbitalSurface> orbitals_;
};

} // namespace heterodot
