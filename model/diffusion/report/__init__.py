"""What a checkpoint is worth: figures on people it never saw, ablations, its card."""
