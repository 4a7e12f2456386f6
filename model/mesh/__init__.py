"""Geometry that belongs to no organ: boxes, cubes, subdivision, rasteriser, normals, areas, Laplacian."""
