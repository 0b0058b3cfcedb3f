"""What must hold: the guarantees, and the three kinds of evidence that judge them."""
