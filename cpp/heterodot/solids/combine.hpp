// Solids made of solids: set operations, rigid motions, scaling and offsets.
#pragma once

#include "heterodot/solids/solid.hpp"

namespace heterodot {

class Union final : public Solid {
public:
  Union(SolidPointer a, SolidPointer b) : a_(std::move(a)), b_(std::move(b)) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  SolidPointer a_, b_;
};

class Intersection final : public Solid {
public:
  Intersection(SolidPointer a, SolidPointer b) : a_(std::move(a)), b_(std::move(b)) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  SolidPointer a_, b_;
};

// a without b
class Difference final : public Solid {
public:
  Difference(SolidPointer a, SolidPointer b) : a_(std::move(a)), b_(std::move(b)) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  SolidPointer a_, b_;
};

class Translated final : public Solid {
public:
  Translated(SolidPointer solid, const Vec3 &shift) : solid_(std::move(solid)), shift_(shift) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  SolidPointer solid_;
  Vec3 shift_;
};

using Rotation = std::array<Vec3, 3>; // rows

class Rotated final : public Solid {
public:
  Rotated(SolidPointer solid, const Rotation &rotation)
      : solid_(std::move(solid)), rotation_(rotation) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  Vec3 back(const Vec3 &v) const;
  SolidPointer solid_;
  Rotation rotation_;
};

// Scaled about the origin. With unequal factors the value is only a lower bound of the distance.
class Scaled final : public Solid {
public:
  Scaled(SolidPointer solid, const Vec3 &factors);
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  SolidPointer solid_;
  Vec3 factors_;
  double smallest_;
};

// The surface moved outwards by offset (inwards if negative).
class Grown final : public Solid {
public:
  Grown(SolidPointer solid, double offset) : solid_(std::move(solid)), offset_(offset) {}
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  SolidPointer solid_;
  double offset_;
};

} // namespace heterodot
