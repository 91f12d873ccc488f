"""The eigensolver; it knows no physics."""
