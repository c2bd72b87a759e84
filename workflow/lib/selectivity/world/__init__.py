"""The generated picture world: small drawn scenes of things with pixel-exact masks."""
