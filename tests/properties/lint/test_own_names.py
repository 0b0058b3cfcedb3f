"""The names of an application: from a TOML file, or from the adapter that serves its orchestrator to a check."""

from pathlib import Path

import pytest
from places import ROOT

from broadcast_orchestrator.properties.lint.linting import lint
from broadcast_orchestrator.properties.lint.own_names import NamesError, load_names
from broadcast_orchestrator.properties.lint.reading.vocabulary import GUIDE

TOML = """
orchestrator = "useShow"
module = "lib/show.ts"
top_level = ["Frame"]
monitor = ["ShowMonitor"]
[stores]
useAgent = "host"
[operations]
host = ["createAgent", "goOn"]
[flags]
host = ["running"]
[commands]
goLive = "startBroadcast"
[hooks]
useOnAir = "useIsBroadcasting"
"""

PAGE = """
export function Card() {
  const { goOn, running, start } = useAgent();
  const { goLive, startBroadcast } = useShow();
  const [onAirNow, setOnAirNow] = useState(false);
  useEffect(() => setOnAirNow(useOnAir()), []);
  useAgent.setState({ running: true });
  start();
  startBroadcast();
  return <><button onClick={goLive} /><i onClick={() => goOn()}>{running ? 1 : 2}</i><ShowMonitor /></>;
}
export const Frame = () => { const { initialize } = useShow(); return <i onLoad={() => void initialize()} />; };
"""


def found(folder: Path, names: str, file: str = "names.toml") -> list[tuple[str, str]]:
    """What is found of the page by these names."""
    (folder / "names").mkdir(exist_ok=True)
    (folder / "names" / file).write_text(names)
    (folder / "pages" / "lib").mkdir(parents=True, exist_ok=True)
    (folder / "pages" / "Card.tsx").write_text(PAGE)
    (folder / "pages" / "lib" / "show.ts").write_text("export const on = () => useAgent.getState().goOn();\n")
    report = lint((folder / "pages",), load_names(folder / "names" / file))
    return [(each.rule.value, each.what) for each in report.findings]


def test_names_of_ones_own_are_understood(tmp_path: Path) -> None:
    """Stores, operations, flags, commands, hooks, the monitor, the orchestrator's file and further layouts may all be
    called otherwise; what is not named keeps the guide's name, and a command that is renamed loses it."""
    assert found(tmp_path, TOML) == [
        ("local-state", "onAirNow repeats what useOnAir tells"),
        ("store-field", "host.running is set by setState"),
        ("mixed-control", "it gives startBroadcast to the orchestrator and switches a store too"),
        ("store-operation", "host.goOn is called here"),
        ("store-state", "it decides by host.running"),
        ("handler-command", "startBroadcast gets the event as its session id"),
        ("unasked-button", "the button gives startBroadcast and is enabled without asking whether that is possible"),
        ("monitor-shipped", "the state monitor is shown in production, too"),
    ]


ADAPTER = """
import { serve } from 'broadcast-subject';
serve({
  module: './lib/show.ts',
  stores: { '@/lib/agent': { useAgent: 'host' }, '@/lib/convex': { client: 'convex.client', log: () => 1 } },
  services: { host: { fields: { isActive: 'running' }, methods: { start: 'goOn', initialize: 'createAgent' } } },
  orchestrator: (exports) => exports.useShow,
  commands: { start_broadcast: 'goLive', recover: (api) => api.again() },
});
"""


def test_an_adapter_says_the_same(tmp_path: Path) -> None:
    """The adapter of a check names stores, fields, methods, commands, the orchestrator and its file."""
    rules = [rule for rule, _ in found(tmp_path, ADAPTER, "adapter.mjs")]
    assert sorted(rules) == [
        "handler-command",
        "initialize-place",
        "mixed-control",
        "store-field",
        "store-operation",
        "store-state",
        "unasked-button",
    ]


def test_our_own_adapter_is_read() -> None:
    """The adapter of the example in TypeScript names its four stores, each also by its module, and its orchestrator."""
    names = load_names(ROOT / "tests" / "subjects" / "typescript" / "adapter.mjs")
    assert names.stores["hostAgentStore#useHostAgentStore"] == "host"
    assert names.modules == ("src/lib/stores/orchestrator/broadcastOrchestrator.ts",)
    assert names.operations == GUIDE.operations


def test_two_stores_may_be_exported_under_one_name(tmp_path: Path) -> None:
    """Where two modules export `useStore`, the module tells which of them is meant."""
    stores = "serve({ stores: { './host': { useStore: 'host' }, './feed': { default: 'live_feed' } } });"
    (tmp_path / "adapter.mjs").write_text(stores)
    code = "import { useStore } from '../host';\nimport useFeed from '../feed';\n"
    uses = "export const f = () => { useStore.getState().stop(); useFeed.getState().setIsLive(false); };\n"
    (tmp_path / "f.ts").write_text(code + uses)
    report = lint((tmp_path / "f.ts",), load_names(tmp_path / "adapter.mjs"))
    assert [each.what for each in report.findings] == ["host.stop is called here", "live_feed.setIsLive is called here"]


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("n.toml", "stores = ", "is not TOML: "),
        ("n.toml", "store = {}", "'store' is unknown, did you mean 'stores'?"),
        ("n.toml", "stores = 3", "stores: expected a table [stores], got 3"),
        ("n.toml", "[stores]\nuseA = 'hosts'", "stores: useA: 'hosts' is unknown, did you mean 'host'?"),
        ("n.toml", "[operations]\nhots = ['a']", "operations: 'hots' is unknown, did you mean 'host'?"),
        ("n.toml", "[operations]\nhost = [3]", "operations: host: expected a name or a list of names, got "),
        ("n.toml", "[commands]\ngo = 'startBroadcasts'", "commands: go: 'startBroadcasts' is unknown, did you mean "),
        ("n.toml", "monitor = 3", "monitor: expected a name or a list of names, got 3"),
        ("a.mjs", "serve({", "line 1 does not parse, so it is no adapter"),
        ("a.mjs", "serve(adapter);", "has no serve({ ... }) with its stores written out, try a TOML file of names"),
        ("a.mjs", "serve({ stores: {} });", "names no store under `stores`, try a TOML file of names"),
    ],
)
def test_a_file_of_names_that_cannot_be_is_one_line(tmp_path: Path, file: str, text: str, told: str) -> None:
    """Where, what is wrong, and what was meant."""
    (tmp_path / file).write_text(text)
    with pytest.raises(NamesError) as refused:
        load_names(tmp_path / file)
    assert str(refused.value).startswith(f"{tmp_path / file}: {told}")
    assert "\n" not in str(refused.value)
