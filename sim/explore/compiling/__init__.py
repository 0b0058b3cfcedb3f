"""The rules of a search: what each step does to every world, compiled where a part of a world is first met."""
