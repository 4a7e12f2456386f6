"""Refinement makes millimetre triangles where a finger lands, and breaks nothing."""

import numpy as np
import pytest
from faces import scanned

from model.face import refine
from model.mesh.subdivision import edges_of

PLACES = {"cheek": (425,), "nose": (1,), "lips": (0, 17), "lid": (386,), "jaw": (288,)}


@pytest.mark.parametrize("place", PLACES)
def test_edges_near_the_centres_are_about_a_millimetre(place: str) -> None:
    coarse = scanned()
    centres = coarse.vertices[list(PLACES[place])]
    fine = refine(coarse, centres, 14.0)
    edges, of_triangle = edges_of(fine.triangles)
    length = np.linalg.norm(np.diff(fine.vertices[edges], axis=1)[:, 0], axis=1)
    middle = fine.vertices[edges].mean(axis=1)
    near = np.min([np.linalg.norm(middle - c, axis=1) for c in centres], axis=0) < 13
    assert length[near].max() <= 1.3
    faces = np.bincount(of_triangle.ravel())
    assert set(faces) == {1, 2}  # no edge with three faces
    assert (fine.skirt[edges[faces == 1]] == 1).all()  # and no crack
    assert len(fine.vertices) < len(coarse.vertices) + 8000


def test_fields_are_carried_and_old_vertices_keep_their_place() -> None:
    coarse = scanned()
    fine = refine(coarse, coarse.vertices[[425]], 14.0)
    count, old = len(fine.vertices), len(coarse.vertices)
    assert count > old
    assert (fine.vertices[:old] == coarse.vertices).all()
    for name in ("normals", "pixels", "region", "softness", "depth_limit", "skirt", "rigid"):
        assert len(getattr(fine, name)) == count, name
    assert all(field.shape == (count, 3) for field in fine.expressions.values())
    assert fine.subdivision.shape == (count, len(fine.controls))
    assert np.abs(fine.subdivision @ fine.controls - fine.vertices).max() < 0.3
    assert fine.pixels == pytest.approx(fine.camera.project(fine.vertices))
    assert set(fine.region[old:]) <= set(coarse.region)


def test_new_vertices_follow_the_curved_surface() -> None:
    """Refining a sphere-like nose tip must not leave facets: normals turn gradually."""
    coarse = scanned()
    fine = refine(coarse, coarse.vertices[[4]], 12.0)
    edges, _ = edges_of(fine.triangles)
    near = (np.linalg.norm(fine.vertices[edges[:, 0]] - coarse.vertices[4], axis=1) < 8) & (
        edges[:, 1] >= len(coarse.vertices)
    )
    turn = (fine.normals[edges[near, 0]] * fine.normals[edges[near, 1]]).sum(axis=1)
    assert np.degrees(np.arccos(np.clip(turn, -1, 1))).mean() < 8


def test_nothing_to_refine_is_no_change() -> None:
    coarse = scanned()
    assert refine(coarse, np.array([[0.0, 0.0, 900.0]]), 10.0) is coarse
    once = refine(coarse, coarse.vertices[[425]], 12.0)
    assert refine(once, coarse.vertices[[425]], 12.0) is once
