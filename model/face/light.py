"""The photo's light and the skin's own colour, from the skin's pixels and the mesh's normals."""

from typing import Final

import cv2
import numpy as np

from model.optics import LUMINANCE
from model.scene import F32, F64, U8, Light

STRONGEST: Final = 0.85  # lamp, over the ambient light
RIDGE, OUTLIER, ROUNDS = 2e-3, 0.12, 10  # towards even light; residual of half weight, shares of the median; repeats
TOWARDS_CAMERA: Final = -0.3  # largest z of the light's direction
LEAST_SAMPLES: Final = 50  # pixels, below which a statistic is given up
GRAIN_BLUR_PX, GRAIN_KEPT = 1.2, 0.87  # blur that takes the noise out, and of white noise what the rest keeps
GRAIN_WINDOW_PX, GRAIN_PERCENTILE = 9, 15  # the smoothest places of skin show noise alone
EDGE_BLUR_PX, EDGE_WINDOW_PX = 0.7, 9  # against noise, and window over which an edge's step is measured
STEP_LEVELS, STEEPEST = 40, 98  # least step of an edge, and percentile of their slopes
OWN_VARIANCE: Final = 0.5  # px², of the pixel and the slope's filter
SHARPEST_PX, SOFTEST_PX = 0.3, 4.0
SHADED, SHINY = 0.3, 2.0  # of the median luminance: darker is shadow or hair, lighter a highlight
HUE: Final = 0.3  # how far the logarithm of red over green may be from its median


def fit_light(colours: F64, normals: F64) -> Light:
    """First-order spherical-harmonic light that explains linear skin colours (k, 3) at unit normals (k, 3).

    Ridge and Cauchy-weighted least squares on the luminance; strength ≤ 0.85, from the viewer's side.
    """
    luminance = colours @ LUMINANCE
    middle = max(float(np.median(luminance)), 1e-4)
    value = luminance / middle
    basis = np.concatenate([np.ones((len(value), 1)), normals], axis=1)
    weight = np.ones(len(value))
    ridge = np.diag([0.0, 1.0, 1.0, 1.0]) * len(value) * RIDGE
    solution = np.array([1.0, 0.0, 0.0, 0.0])
    for _ in range(ROUNDS):
        weighted = basis * weight[:, None]
        solution = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ value)
        weight = 1 / (1 + ((value - basis @ solution) / OUTLIER) ** 2)
    ambient, direction = max(float(solution[0]), 1e-3), solution[1:]
    size = float(np.linalg.norm(direction))
    direction = direction / size if size > 1e-6 else np.array([0.0, 0.0, -1.0])
    if direction[2] > TOWARDS_CAMERA:
        side = direction[:2] / max(float(np.linalg.norm(direction[:2])), 1e-9)
        direction = np.array([*(side * np.sqrt(1 - TOWARDS_CAMERA**2)), TOWARDS_CAMERA])
    return Light(direction, min(size / ambient, STRONGEST), np.ones(3))


def skin_albedo(colours: F64, normals: F64, light: Light) -> F64:
    """Median linear colour (3,) of skin with its shading taken out."""
    return np.asarray(np.median(colours / light.shade(normals)[:, None], axis=0))


def grain_of(image: U8, skin: F32) -> float:
    """Standard deviation of the photo's noise on skin, 8-bit levels: what a small blur takes away."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = grey - cv2.GaussianBlur(grey, (0, 0), GRAIN_BLUR_PX)
    local = cv2.blur(rough * rough, (GRAIN_WINDOW_PX, GRAIN_WINDOW_PX))[skin > 0.5]
    if local.size < LEAST_SAMPLES:
        return 1.0
    return float(np.sqrt(np.percentile(local, GRAIN_PERCENTILE)) / GRAIN_KEPT)


def blur_of(image: U8) -> float:
    """Standard deviation of the photo's point spread in px, from its steepest edges."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), EDGE_BLUR_PX)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    slope = np.sqrt(dx * dx + dy * dy)
    window = np.ones((EDGE_WINDOW_PX, EDGE_WINDOW_PX))
    step = cv2.dilate(grey, window) - cv2.erode(grey, window)
    strong = step > STEP_LEVELS
    if strong.sum() < LEAST_SAMPLES:
        return 1.0
    # A step of height h blurred by s has the slope h / (s √2π) in its middle.
    ratio = np.percentile(slope[strong] / step[strong], STEEPEST)
    spread = 1 / (max(float(ratio), 1e-3) * np.sqrt(2 * np.pi))
    return float(np.clip(np.sqrt(max(spread**2 - EDGE_BLUR_PX**2 - OWN_VARIANCE, 0.0)), SHARPEST_PX, SOFTEST_PX))


def typical(colours: F64) -> np.ndarray:
    """Which linear colours (k, 3) are plain skin: neither highlight nor hair, and of the common hue."""
    luminance = colours @ LUMINANCE
    middle = np.median(luminance)
    hue = np.log((colours[:, 0] + 1e-3) / (colours[:, 1] + 1e-3))
    return (luminance > SHADED * middle) & (luminance < SHINY * middle) & (np.abs(hue - np.median(hue)) < HUE)
