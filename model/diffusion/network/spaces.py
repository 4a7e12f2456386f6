"""Where the denoiser works: on pixels, or on an autoencoder's latents. The sample is always a correction of the
composite, as a multiple that has about unit variance."""

from typing import Any, Protocol

import torch

GAIN = 3.0  # of pixel corrections in -1..1, so that they are about as large as the noise


class Space(Protocol):
    """Pictures 0..1 to and from what the denoiser sees."""

    factor: int  # px of a picture along each side of a px of the sample

    def encode(self, base: torch.Tensor, device: torch.device) -> torch.Tensor:
        """The base (6, f, h, w) as the denoiser's input (c, f, h', w')."""

    def correct(self, target: torch.Tensor, base: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
        """The clean sample (c, f, h', w') that leads from the base to `target` (3, f, h, w)."""

    def decode(self, sample: torch.Tensor, base: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
        """Frames (f, 3, h, w) 0..1 of a clean sample, on the encoded base and its pixels."""

    def noise_shape(self, frames: int, height: int, width: int) -> tuple[int, int, int, int]:
        """Of the sample of a crop."""


class PixelSpace:
    """Corrections of display values."""

    factor = 1

    def encode(self, base: torch.Tensor, device: torch.device) -> torch.Tensor:
        return base.to(device, torch.float32) * 2 - 1

    def correct(self, target: torch.Tensor, base: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        return (target - pixels[:3].to(target)) * 2 * GAIN

    def decode(self, sample: torch.Tensor, base: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        return (pixels[:3].to(sample) + sample / (2 * GAIN)).clamp(0, 1).transpose(0, 1)

    def noise_shape(self, frames: int, height: int, width: int) -> tuple[int, int, int, int]:
        return 3, frames, height, width


class LatentSpace:
    """Corrections of an autoencoder's latents (diffusers' AutoencoderKL or AutoencoderTiny)."""

    def __init__(self, vae: Any) -> None:
        self.vae = vae
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)

    def encode(self, base: torch.Tensor, device: torch.device) -> torch.Tensor:
        halves = [self._encode(half) for half in base.to(device).split(3)]
        return torch.cat(halves)

    @torch.no_grad()
    def _encode(self, pictures: torch.Tensor) -> torch.Tensor:
        out = self.vae.encode((pictures.transpose(0, 1) * 2 - 1).to(self.vae.dtype))
        latents = out.latent_dist.mode() if hasattr(out, "latent_dist") else out.latents
        return (latents.transpose(0, 1) * self.vae.config.scaling_factor).float()

    def correct(self, target: torch.Tensor, base: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        latents = self._encode(target.to(base.device))
        return latents - base[: len(latents)]

    @torch.no_grad()
    def decode(self, sample: torch.Tensor, base: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        latents = (sample + base[: len(sample)]) / self.vae.config.scaling_factor
        pictures = self.vae.decode(latents.transpose(0, 1).to(self.vae.dtype)).sample
        return (pictures.float() / 2 + 0.5).clamp(0, 1)

    def noise_shape(self, frames: int, height: int, width: int) -> tuple[int, int, int, int]:
        return self.vae.config.latent_channels, frames, height // self.factor, width // self.factor


def space_of(vae: Any) -> Space:
    """Pixels without an autoencoder, else its latents."""
    return PixelSpace() if vae is None else LatentSpace(vae)
