"""InterAnimate: guidance and photo to frames by denoising, with interaction latents and region attention.

After arXiv 2504.10905; what the paper leaves open is our own choice. Engine: `model.diffusion.engine`, training:
`model.diffusion.training`. Nothing heavy is imported here.
"""
