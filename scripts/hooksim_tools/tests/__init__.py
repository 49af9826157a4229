"""Tests of the harness itself; scripts/check-tools runs them."""
