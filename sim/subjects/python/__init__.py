"""A Python class as a subject: fake services and an event loop whose clock is ours."""
