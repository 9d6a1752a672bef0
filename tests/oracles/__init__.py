"""Brute-force oracles of the engine's figures, written from DESIGN.md and docs/methods.md alone, without geo/."""
