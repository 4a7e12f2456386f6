"""The Record tab: people film themselves, and keep what they like; all of it is theirs to take back."""
