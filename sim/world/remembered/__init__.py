"""Steps remembered: what one makes of a world is worked out once, by what decides it, and looked up ever after."""
