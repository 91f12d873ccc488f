#include "heterodot/operator/laminate.hpp"

#include <algorithm>
#include <cmath>

namespace heterodot {
namespace {

// Columns n, t1, t2: a right-handed frame whose first axis is the normal.
Eigen::Matrix3d interface_frame(const Vec3 &normal) {
  const Eigen::Vector3d n(normal[0], normal[1], normal[2]);
  Eigen::Vector3d helper = Eigen::Vector3d::Zero();
  int smallest = 0;
  n.cwiseAbs().minCoeff(&smallest);
  helper[smallest] = 1.0;
  const Eigen::Vector3d t1 = n.cross(helper).normalized();
  Eigen::Matrix3d frame;
  frame << n, t1, n.cross(t1);
  return frame;
}

// Turns the direction indices of a form: M'_ij = Σ_kl R_ki M_kl R_lj; ψ (index 3) stays.
Eigen::MatrixXcd turned(const Eigen::MatrixXcd &form, const Eigen::Matrix3d &rotation) {
  const Eigen::Index m = form.rows() / 4;
  Eigen::Matrix4d turn = Eigen::Matrix4d::Identity();
  turn.topLeftCorner<3, 3>() = rotation;
  Eigen::MatrixXcd half = Eigen::MatrixXcd::Zero(4 * m, 4 * m);
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 4; ++k)
      if (turn(k, i) != 0.0)
        half.middleRows(i * m, m) += turn(k, i) * form.middleRows(k * m, m);
  Eigen::MatrixXcd whole = Eigen::MatrixXcd::Zero(4 * m, 4 * m);
  for (int j = 0; j < 4; ++j)
    for (int l = 0; l < 4; ++l)
      if (turn(l, j) != 0.0)
        whole.middleCols(j * m, m) += turn(l, j) * half.middleCols(l * m, m);
  return whole;
}

Eigen::MatrixXcd mean_form(const std::vector<const Eigen::MatrixXcd *> &forms,
                           const std::vector<double> &fractions) {
  Eigen::MatrixXcd mean = fractions[0] * *forms[0];
  for (std::size_t r = 1; r < forms.size(); ++r)
    mean += fractions[r] * *forms[r];
  return mean;
}

} // namespace

Eigen::MatrixXcd mixed_form(const std::vector<const Eigen::MatrixXcd *> &forms,
                            const std::vector<double> &fractions, const Vec3 &normal,
                            InterfaceRule rule) {
  if (forms.size() == 1)
    return *forms[0];
  if (rule == InterfaceRule::staircase) {
    const auto largest = std::max_element(fractions.begin(), fractions.end());
    return *forms[static_cast<std::size_t>(largest - fractions.begin())];
  }
  if (rule == InterfaceRule::average)
    return mean_form(forms, fractions);

  const Eigen::Index m = forms[0]->rows() / 4;
  const Eigen::Matrix3d frame = interface_frame(normal);
  Eigen::MatrixXcd compliance = Eigen::MatrixXcd::Zero(m, m);      // ⟨M_nn⁻¹⟩
  Eigen::MatrixXcd transfer = Eigen::MatrixXcd::Zero(m, 3 * m);    // ⟨M_nn⁻¹ M_nt⟩
  Eigen::MatrixXcd relaxed = Eigen::MatrixXcd::Zero(3 * m, 3 * m); // ⟨M_tt − M_tn M_nn⁻¹ M_nt⟩
  for (std::size_t r = 0; r < forms.size(); ++r) {
    const Eigen::MatrixXcd form = turned(*forms[r], frame);
    const Eigen::PartialPivLU<Eigen::MatrixXcd> nn(form.topLeftCorner(m, m));
    if (!(std::abs(nn.determinant()) > 1e-30))
      return mean_form(forms, fractions);
    const Eigen::MatrixXcd nn_inverse = nn.inverse();
    const Eigen::MatrixXcd slope = nn_inverse * form.topRightCorner(m, 3 * m);
    compliance += fractions[r] * nn_inverse;
    transfer += fractions[r] * slope;
    relaxed += fractions[r] *
               (form.bottomRightCorner(3 * m, 3 * m) - form.bottomLeftCorner(3 * m, m) * slope);
  }
  Eigen::MatrixXcd effective(4 * m, 4 * m);
  const Eigen::MatrixXcd nn = compliance.inverse();
  effective.topLeftCorner(m, m) = nn;
  effective.topRightCorner(m, 3 * m) = nn * transfer;
  effective.bottomLeftCorner(3 * m, m) = effective.topRightCorner(m, 3 * m).adjoint();
  effective.bottomRightCorner(3 * m, 3 * m) = relaxed + transfer.adjoint() * nn * transfer;
  return turned(effective, frame.transpose());
}

} // namespace heterodot
