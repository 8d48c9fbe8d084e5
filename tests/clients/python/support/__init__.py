"""What the Python checks share: a server of one's own, people who sign in, and forms filled in without a browser."""
