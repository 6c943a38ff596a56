"""Random workflows whose workers are killed at random points, compared with undisturbed runs."""
