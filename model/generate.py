"""Photo and pattern → clip, the stages in order. Each step yields, so that a user sees progress and can stop."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annotation.taxonomy import mirrored
from model.body import SLEEVE_PART
from model.camera import shoot
from model.clip import Clip, Guidance
from model.contact.collide import collide, collide_moment, firm_moment, pose
from model.contact.labelling import label_simulation, measure_curves
from model.contact.simulation import Simulation
from model.errors import InputError
from model.face import load_photo, scan
from model.hand import HandModel
from model.metrics.penetration import measure_overlap, plausibility
from model.metrics.picture import (
    background_change,
    find_face_quickly,
    identity_nme,
    skin_delta_e,
    static_flicker,
    still_pixels,
)
from model.mirror import mirror_clip, mirror_image
from model.motion.cast import Cast, cast_hand, move_hand
from model.options import spells_out
from model.render.frames import Rendered, firmest_frame, render_frame, render_frames, set_stage
from model.render.guidance import map_frame, stack_maps
from model.render.stage import Stage
from model.request import Progress, Request
from model.scene import U8, FaceScan
from model.stopwatch import Stopwatch
from model.version import PHYSICS_VERSION

if TYPE_CHECKING:
    from model.diffusion.engine import Denoised

SCANNED, FORESEEN, ACTED, RENDERED = 0.05, 0.20, 0.35, 0.90  # shares of the time, measured
SIMULATED = 0.50  # where rendering ends and denoising begins


@spells_out(Request)
def generate(photo: Any, pattern: str, **options: Any) -> Clip:
    """A labelled clip of a hand that touches the face in `photo` (path, PIL image or uint8 array (h, w, 3)).

    The clip has `frames` (f, h, w, 3) uint8, `fps`, `labels`, `metrics`, `provenance` and `save("clip.mp4")`. The same
    photo, pattern and options give the same clip on one machine. Raises `model.InputError`, whose message says what is
    wrong with the photo or an option. `model.generate_many` makes those of many photos and patterns.
    """
    *_, clip = generate_steps(photo, Request(pattern, **options))
    assert isinstance(clip, Clip)
    return clip


def generate_steps(photo: Any, request: Request, *, guidance: bool = False) -> Iterator[Progress | Clip]:
    """Progress, last the Clip; closing the iterator stops the work."""
    watch = Stopwatch()
    yield Progress("scan", 0.0)
    checkpoint = _ready_checkpoint() if request.engine == "interanimate" else ""
    cast = cast_hand(request)
    picture = load_photo(photo)
    scanned = scan(mirror_image(picture) if cast.flipped else picture, request.size)
    watch.lap("scan")
    yield Progress("motion", SCANNED)
    posed = pose(scanned, *move_hand(scanned, cast, request))
    touch = collide_moment(posed)
    watch.lap("contact")
    stage = set_stage(touch, posed.model, request.seed)
    still = render_frame(stage, firm_moment(posed.motion)).image
    watch.lap("render")
    yield Progress("contact", FORESEEN, mirror_image(still) if cast.flipped else still)
    stage = replace(stage, simulation=collide(posed))
    del posed, touch  # 100 MB that the frames need no more
    watch.lap("contact")
    yield Progress("render", ACTED)
    shown, masks = (
        np.empty((request.frames, *still.shape), np.uint8),
        np.empty((request.frames, *still.shape[:2]), np.uint8),
    )
    maps = []
    rendered_share = SIMULATED if checkpoint else RENDERED
    for i, rendered in enumerate(render_frames(stage, list(range(request.frames)))):
        shown[i], masks[i] = rendered.image, _coverage(rendered, stage.model)
        if guidance or checkpoint:
            maps.append(map_frame(stage, i, rendered))
        if i % 6 == 5:
            yield Progress("render", ACTED + (rendered_share - ACTED) * (i + 1) / request.frames)
    watch.lap("render")
    stacked = stack_maps(maps) if maps else None
    if checkpoint and stacked is not None:
        for now in _denoise(stage, cast, request, stacked, checkpoint):
            preview = now.preview
            if preview is not None and cast.flipped:
                preview = mirror_image(preview)
            yield Progress("denoise", SIMULATED + (RENDERED - SIMULATED) * now.fraction, preview)
            shown = shown if now.frames is None else now.frames
        watch.lap("denoise")
    yield Progress("label", RENDERED)
    clip = _finish(stage, cast, request, shown, masks, stacked if guidance else None)
    if checkpoint:
        clip = _with_checkpoint(clip, checkpoint)
    watch.lap("label")
    clip = shoot(clip, request.camera, request.seed)
    watch.lap("camera")
    yield replace(clip, metrics={**clip.metrics, "seconds": watch.seconds()})


def simulate(scan: FaceScan, cast: Cast, request: Request) -> tuple[Simulation, HandModel]:
    """Motion and contact of one clip; deterministic in scan, pattern and seed."""
    model, motion = move_hand(scan, cast, request)
    return collide(pose(scan, model, motion)), model


def require_checkpoint() -> str:
    """The checkpoint of the interanimate engine: STUDIO_CHECKPOINT, or the one that ships; InputError."""
    from model.diffusion.checkpoint import find_checkpoint

    found = find_checkpoint()
    if not found:
        raise InputError("The InterAnimate engine needs a checkpoint, and there is none here: choose physics.")
    return found


def _ready_checkpoint() -> str:
    """The checkpoint, loaded: what is wrong with it is said before the work; InputError."""
    from model.diffusion.checkpoint import load_checkpoint

    checkpoint = require_checkpoint()
    load_checkpoint(checkpoint)
    return checkpoint


def checkpoint_name(checkpoint: str) -> str:
    """As a clip may name it: a folder without the machine's path to it."""
    return Path(checkpoint).name if Path(checkpoint).is_dir() else checkpoint


def _denoise(stage: Stage, cast: Cast, request: Request, maps: Guidance, checkpoint: str) -> Iterator["Denoised"]:
    """The frames by the diffusion model, in the picture of the left hand."""
    from model.diffusion.appearance import appearance_of
    from model.diffusion.checkpoint import load_checkpoint
    from model.diffusion.engine import denoise_clip

    scanned = stage.simulation.scan
    yield from denoise_clip(
        scanned.image, maps, replace(request, pattern=cast.pattern), load_checkpoint(checkpoint),
        appearance_of(scanned), request.steps, request.follow, request.seed,
    )  # fmt: skip


def _with_checkpoint(clip: Clip, checkpoint: str) -> Clip:
    """The clip, its origin naming the checkpoint, with a note where that learnt from another physics engine."""
    from model.diffusion.checkpoint import load_checkpoint, physics_note

    note = physics_note(load_checkpoint(checkpoint))
    notes = [*clip.provenance["notes"], *([note] if note else [])]
    return replace(clip, provenance={**clip.provenance, "checkpoint": checkpoint_name(checkpoint), "notes": notes})


def _coverage(rendered: Rendered, model: HandModel) -> U8:
    """1 where the hand is, 2 where its sleeve is (h, w)."""
    height, width = rendered.image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    if rendered.hand is not None:
        left, top, right, bottom = rendered.hand.box
        layer = rendered.hand
        skin = np.count_nonzero(model.part[model.triangles[:, 0]] != SLEEVE_PART)  # a sleeve's triangles come last
        sleeve = layer.raster.triangle[:: layer.scale, :: layer.scale] >= skin
        mask[top:bottom, left:right] = (layer.rgba[..., 3] > 0.004) * (1 + sleeve)
    return mask


def _finish(stage: Stage, cast: Cast, request: Request, frames: U8, masks: U8, guidance: Guidance | None) -> Clip:
    """Labels, figures and origin; turned back if the photo was mirrored."""
    simulation = stage.simulation
    overlap = measure_overlap(simulation, stage.model.triangles)
    labels = label_simulation(simulation, cast.pattern)
    should = np.zeros(len(frames), bool)
    for contact in labels.contacts:
        should[contact.start : contact.end + 1] = True
    still, moment = still_pixels(stage.plate.moving, masks), firmest_frame(simulation)
    metrics = {
        **plausibility(overlap, should),
        "identity_nme": identity_nme(simulation, frames, find_face_quickly),
        "static_flicker": static_flicker(frames, still),
        "background_change": background_change(frames, simulation.scan.image, still),
        "skin_delta_e": skin_delta_e(simulation.scan, frames[moment], (masks[moment] == 1).astype(np.uint8)),
    }
    clip = Clip(
        frames=frames,
        fps=request.fps,
        labels=labels,
        metrics=metrics,
        provenance=_provenance(simulation, stage.model, request, cast),
        curves=measure_curves(simulation, overlap.gap),
        guidance=guidance,
        joints=simulation.scan.camera.project(simulation.joints.astype(np.float64)).astype(np.float32),
    )
    return mirror_clip(clip) if cast.flipped else clip


def _provenance(simulation: Simulation, model: HandModel, request: Request, cast: Cast) -> dict[str, Any]:
    return {
        **asdict(request),
        "engine": request.engine,
        "version": PHYSICS_VERSION,
        "hand": "right" if cast.flipped else "left",
        "generated": True,
        "notes": list(simulation.scan.notes),
        "hand_length_mm": round(model.length, 1),
        "pattern": mirrored(cast.pattern) if cast.flipped else cast.pattern,
    }
