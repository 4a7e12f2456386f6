"""The network that denoises, its inputs and its weights."""
