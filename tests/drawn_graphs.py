"""Graphs that several tests draw: the table written out, one with every character that hurts, and large ones."""

import networkx as nx

from broadcast_orchestrator.reports.graphs.graph import Graph, from_networkx

ROWS = """
idle initializing / idle error / initializing ready / initializing error / ready starting / ready idle / ready error
/ starting live / starting error / live stopping / live error / stopping idle / stopping error / error idle
/ error initializing
"""
FORCED = "initializing idle / starting idle / live idle"
ALL = sorted((row.split()[0], row.split()[1]) for row in f"{ROWS}/{FORCED}".split("/"))
NASTY = 'a "b" <i>c</i> &amp; \\N\n\n[x] | {y}; `--> #35;'


def some_procedures(per_state: int) -> Graph:
    """Three trees of steps, one for each of three states, joined at their roots."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for state in ("idle", "starting", "live"):
        for step in range(per_state):
            graph.add_node(f"{state} {step}", label=f"step {step}\nproducer.start", cluster=state, kind="moving")
        for step in range(1, per_state):
            graph.add_edge(f"{state} {step // 2}", f"{state} {step}", label="reply ok", kind="path")
    graph.add_edge("idle 1", "starting 0", label="start")
    graph.add_edge("starting 1", "live 0", label="done")
    return from_networkx(graph, "procedures")
