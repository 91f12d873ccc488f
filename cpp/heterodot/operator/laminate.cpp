#include "heterodot/operator/laminate.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

namespace heterodot {
namespace {

// Stiffnesses across the interface count as positive and at least this part of their sum: γ sets of
// zincblende lose ellipticity along [110] easily when spin–orbit coupling is left out, ZnSe to 0.
constexpr double softest = 5e-3;

// Σ_ij n_i M_ij n_j: the stiffness across the interface.
Eigen::MatrixXcd stiffness(const Eigen::MatrixXcd &form, const Vec3 &normal) {
  const Eigen::Index m = form.rows() / 4;
  Eigen::MatrixXcd result = Eigen::MatrixXcd::Zero(m, m);
  for (Eigen::Index i = 0; i < 3; ++i)
    for (Eigen::Index j = 0; j < 3; ++j)
      result += normal[static_cast<std::size_t>(i)] * normal[static_cast<std::size_t>(j)] *
                form.block(i * m, j * m, m, m);
  return result;
}

// f(A) of a Hermitian matrix.
template <class Function>
Eigen::MatrixXcd function_of(const Eigen::MatrixXcd &hermitian, Function f) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXcd> eigen(hermitian);
  return eigen.eigenvectors() * eigen.eigenvalues().unaryExpr(f).asDiagonal() *
         eigen.eigenvectors().adjoint();
}

// The bands that the stiffnesses across an interface couple, by groups: in eight-band models the
// conduction band and the valence bands, whose stiffnesses have opposite signs.
std::vector<std::vector<Eigen::Index>> coupled_bands(const Eigen::MatrixXcd &a_nn,
                                                     const Eigen::MatrixXcd &b_nn) {
  const Eigen::Index m = a_nn.rows();
  const double least = 1e-12 * (a_nn.cwiseAbs().maxCoeff() + b_nn.cwiseAbs().maxCoeff());
  std::vector<std::vector<Eigen::Index>> groups;
  std::vector<bool> seen(static_cast<std::size_t>(m), false);
  for (Eigen::Index first = 0; first < m; ++first) {
    if (seen[static_cast<std::size_t>(first)])
      continue;
    std::vector<Eigen::Index> group{first};
    seen[static_cast<std::size_t>(first)] = true;
    for (std::size_t next = 0; next < group.size(); ++next)
      for (Eigen::Index other = 0; other < m; ++other)
        if (!seen[static_cast<std::size_t>(other)] &&
            std::abs(a_nn(group[next], other)) + std::abs(b_nn(group[next], other)) > least) {
          seen[static_cast<std::size_t>(other)] = true;
          group.push_back(other);
        }
    groups.push_back(std::move(group));
  }
  return groups;
}

// n·(A − B)
Eigen::MatrixXcd across(const Eigen::MatrixXcd &step, const Vec3 &normal) {
  const Eigen::Index m = step.rows() / 4;
  Eigen::MatrixXcd result = Eigen::MatrixXcd::Zero(m, 4 * m);
  for (Eigen::Index i = 0; i < 3; ++i)
    result += normal[static_cast<std::size_t>(i)] * step.middleRows(i * m, m);
  return result;
}

// The laminate of two forms; with f + g = 1, Δ = A − B and K = f B_nn + g A_nn the three equations
// in the header become one, M = f A + g B − fg Δ_n† K⁻¹ Δ_n, which needs no inverse of either.
Eigen::MatrixXcd laminated(const Eigen::MatrixXcd &a, double f, const Eigen::MatrixXcd &b, double g,
                           const Vec3 &normal) {
  return f * a + g * b + f * g * across(a - b, normal).adjoint() * NormalJump(a, b, normal).at(f);
}

} // namespace

NormalJump::NormalJump(const Eigen::MatrixXcd &a, const Eigen::MatrixXcd &b, const Vec3 &normal)
    : across_(across(a - b, normal)) {
  const Eigen::MatrixXcd a_nn = stiffness(a, normal), b_nn = stiffness(b, normal);
  for (std::vector<Eigen::Index> &bands : coupled_bands(a_nn, b_nn)) {
    const Eigen::MatrixXcd own_a = a_nn(bands, bands), own_b = b_nn(bands, bands);
    const double sign = (own_a + own_b).trace().real() < 0.0 ? -1.0 : 1.0;
    const auto right_sign = [&](double value) { return std::max(sign * value, 0.0); };
    groups_.push_back(
        {std::move(bands), sign, function_of(own_a, right_sign), function_of(own_b, right_sign)});
  }
}

Eigen::MatrixXcd NormalJump::at(double f) const {
  Eigen::MatrixXcd jump = Eigen::MatrixXcd::Zero(across_.rows(), across_.cols());
  for (const Group &group : groups_) {
    const Eigen::MatrixXcd crossed = f * group.b + (1.0 - f) * group.a;
    const double smallest = softest * crossed.trace().real();
    if (!(smallest > 0.0))
      continue;
    const Eigen::MatrixXcd inverse =
        function_of(crossed, [&](double value) { return group.sign / std::max(value, smallest); });
    jump(group.bands, Eigen::all) = -inverse * across_(group.bands, Eigen::all);
  }
  return jump;
}

Eigen::MatrixXcd mixed_form(const std::vector<const Eigen::MatrixXcd *> &forms,
                            const std::vector<double> &fractions, const Vec3 &normal,
                            InterfaceRule rule) {
  if (rule == InterfaceRule::staircase) {
    const auto largest = std::max_element(fractions.begin(), fractions.end());
    return *forms[static_cast<std::size_t>(largest - fractions.begin())];
  }
  Eigen::MatrixXcd mixed = *forms[0];
  double filled = fractions[0];
  for (std::size_t r = 1; r < forms.size(); ++r) {
    const double both = filled + fractions[r];
    const double f = filled / both, g = fractions[r] / both;
    mixed = rule == InterfaceRule::average ? Eigen::MatrixXcd(f * mixed + g * *forms[r])
                                           : laminated(mixed, f, *forms[r], g, normal);
    filled = both;
  }
  return mixed;
}

} // namespace heterodot
