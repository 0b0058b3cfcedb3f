"""The checks themselves, a file for each kind of thing that they look at; none of them knows who looks on."""
