"""How a component is read: its syntax, what its names stand for, and what that means in words of the guide."""
