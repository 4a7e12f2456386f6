"""The photo's light and the skin's own colour, from the skin's pixels and the mesh's normals."""

from typing import Final

import cv2
import numpy as np

from model.optics import LUMINANCE
from model.scene import F32, F64, U8, Light

STRONGEST: Final = 0.85
TOWARDS_CAMERA: Final = -0.3  # largest z of the light's direction


def fit_light(colours: F64, normals: F64) -> Light:
    """First-order spherical-harmonic light that explains linear skin colours (k, 3) at unit normals (k, 3).

    Ridge and Cauchy-weighted least squares on the luminance; strength ≤ 0.85, from the viewer's side.
    """
    luminance = colours @ LUMINANCE
    middle = max(float(np.median(luminance)), 1e-4)
    value = luminance / middle
    basis = np.concatenate([np.ones((len(value), 1)), normals], axis=1)
    weight = np.ones(len(value))
    ridge = np.diag([0.0, 1.0, 1.0, 1.0]) * len(value) * 2e-3
    solution = np.array([1.0, 0.0, 0.0, 0.0])
    for _ in range(10):
        weighted = basis * weight[:, None]
        solution = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ value)
        weight = 1 / (1 + ((value - basis @ solution) / 0.12) ** 2)
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
    """Standard deviation of the photo's noise on skin, 8-bit levels: what is left after a 1.2 px blur."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = grey - cv2.GaussianBlur(grey, (0, 0), 1.2)
    local = cv2.blur(rough * rough, (9, 9))[skin > 0.5]
    if local.size < 50:
        return 1.0
    # Of white noise the 1.2 px high pass keeps 0.87 of the deviation.
    return float(np.sqrt(np.percentile(local, 15)) / 0.87)


def blur_of(image: U8) -> float:
    """Standard deviation of the photo's point spread in px, from its steepest edges."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 0.7)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    slope = np.sqrt(dx * dx + dy * dy)
    step = cv2.dilate(grey, np.ones((9, 9))) - cv2.erode(grey, np.ones((9, 9)))
    strong = step > 40
    if strong.sum() < 50:
        return 1.0
    # A step of height h blurred by s has the slope h / (s √2π) in its middle.
    ratio = np.percentile(slope[strong] / step[strong], 98)
    spread = 1 / (max(float(ratio), 1e-3) * np.sqrt(2 * np.pi))
    return float(np.clip(np.sqrt(max(spread**2 - 0.7**2 - 0.5, 0.0)), 0.3, 4.0))


def typical(colours: F64) -> np.ndarray:
    """Which linear colours (k, 3) are plain skin: neither highlight nor hair, and of the common hue."""
    luminance = colours @ LUMINANCE
    middle = np.median(luminance)
    hue = np.log((colours[:, 0] + 1e-3) / (colours[:, 1] + 1e-3))
    return (luminance > 0.3 * middle) & (luminance < 2.0 * middle) & (np.abs(hue - np.median(hue)) < 0.3)
