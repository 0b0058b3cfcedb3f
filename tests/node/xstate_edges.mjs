// Loads a machine's configuration in XState, and prints what its graph utilities say of it:
// node xstate_edges.mjs MACHINE.xstate.json
import { readFileSync } from "node:fs";
import { createMachine } from "xstate";
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths, toDirectedGraph } from "xstate/graph";

const machine = createMachine(JSON.parse(readFileSync(process.argv[2], "utf8")));
const edges = adjacencyMapToArray(getAdjacencyMap(machine));
console.log(
  JSON.stringify({
    states: toDirectedGraph(machine).children.map((child) => child.stateNode.key),
    edges: edges.map(({ state, event, nextState }) => [state.value, event.type, nextState.value]),
    reached: getShortestPaths(machine).map((path) => path.state.value),
  }),
);
