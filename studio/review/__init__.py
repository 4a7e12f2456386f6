"""The Review tab: its page, its HTTP routes, and the way of a clip into the queue."""
