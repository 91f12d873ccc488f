// The elementary solids, each centred on the origin with its axis along z.
#pragma once

#include "heterodot/solids/solid.hpp"

#include <vector>

namespace heterodot {

class Sphere final : public Solid {
public:
  explicit Sphere(double radius) : radius_(radius) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  double radius_;
};

class Ellipsoid final : public Solid {
public:
  explicit Ellipsoid(const Vec3 &semi_axes);
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  Vec3 axes_, squares_;
  double smallest_;
};

class Box final : public Solid {
public:
  explicit Box(const Vec3 &lengths) : half_{0.5 * lengths[0], 0.5 * lengths[1], 0.5 * lengths[2]} {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  Vec3 half_;
};

// A circular cylinder with flat ends.
class Cylinder final : public Solid {
public:
  Cylinder(double radius, double length) : radius_(radius), half_(0.5 * length) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  double radius_, half_;
};

// A cylinder closed by two half spheres; length is the total length from tip to tip.
class Capsule final : public Solid {
public:
  Capsule(double radius, double length) : radius_(radius), half_(0.5 * length - radius) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  double radius_, half_; // half_: from the origin to the centres of the half spheres
};

// A cone or frustum: radius at z = -height/2, top_radius at z = +height/2.
class Cone final : public Solid {
public:
  Cone(double radius, double height, double top_radius);
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  double radius_, half_, top_radius_;
};

// A right prism over a regular polygon with its first corner on the x axis.
class Prism final : public Solid {
public:
  Prism(int sides, double radius, double height); // radius: of the circle through the corners
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  int sides_;
  double radius_, half_;
};

} // namespace heterodot
