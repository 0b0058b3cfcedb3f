"""What `broadcast judge` says of recorded runs: on the screen, as JSON, and as pages and tests."""
