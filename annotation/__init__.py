"""What a label is, and where labels are kept."""
