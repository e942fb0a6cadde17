/** The Flow view: wires store, host and regions together. */
import { Actions } from "./actions";
import { Announcer } from "./announcer";
import { keepChoices } from "./choices";
import { Clock } from "./clock";
import { setClass } from "./dom";
import { exportPicture } from "./export-picture";
import { integer, level } from "./format";
import { Header } from "./header";
import { connect, type Host } from "./host";
import { listenToKeys } from "./keyboard";
import { Layout } from "./layout";
import { watchReducedMotion } from "./motion";
import { shownNll } from "./nll";
import { Pins } from "./pins";
import { Player } from "./player";
import { Surface } from "./renderer/surface";
import { Scenes } from "./scene";
import { Selection } from "./selection";
import { type Key, Store } from "./store";
import { readTheme, type Theme, watchTheme } from "./theme";
import { Tracer } from "./tracer";
import { FilmStrip } from "./views/film-strip";
import { mountHealth } from "./views/health";
import { Legend } from "./views/legend";
import { mountNumbers } from "./views/numbers";
import { Situations } from "./views/situations";
import { Stage } from "./views/stage";
import { StagePointer } from "./views/stage-pointer";
import { createStageRegion } from "./views/stage-region";
import { mountTraining } from "./views/training";

const PICTURE: readonly Key[] = [
  "state",
  "frame",
  "pins",
  "selectedPin",
  "hover",
  "flowTime",
  "marks",
  "quantity",
  "colormap",
  "themeVersion",
];

function start(root: HTMLElement): void {
  const { host, choices } = connect();
  const store = new Store();
  keepChoices(store, choices);
  let theme: Theme = readTheme();
  const announcer = new Announcer();
  const say = (text: string) => announcer.say(text);
  const scenes = new Scenes();
  const surface = new Surface(() => repaint());

  const player = new Player(store);
  const tracer = new Tracer(store, host);
  const selection = new Selection(store, host, player, (request) => actions.ask(request));
  const pins = new Pins(store, host, selection, say);
  const exportNow = () => actions.ask(exportPicture(store.value, scenes, theme, surface, host));
  const actions = new Actions(store, host, player, tracer, pins, say, exportNow);

  const stage = new Stage(store, scenes, surface, () => theme, announcer.note);
  const legend = new Legend(store, scenes, () => theme);
  const strip = new FilmStrip(
    store,
    scenes,
    surface,
    () => theme,
    actions,
    (layout) => clock.follow(layout),
  );
  const clock = new Clock(store, player, actions);
  const header = new Header(actions, host);
  const situations = new Situations(root, store, host, actions, surface.note);
  const pointer = new StagePointer(stage, store, tracer, pins, selection, say, (text) => announcer.speak(text));
  const repaint = () => {
    stage.repaint();
    strip.repaint();
  };

  const layout = new Layout(
    root,
    {
      header: header.element,
      bars: situations.bars,
      instead: situations.instead,
      stage: createStageRegion(store, actions, stage, legend, situations),
      strip: strip.element,
      clock: clock.element,
      live: announcer.live,
    },
    () => clock.place(),
  );
  mountNumbers(layout.regions.numbers, store, host);
  mountTraining(layout.regions.training, store, host);
  mountHealth(layout.regions.health, store, host);

  watchTheme(root, (read) => {
    theme = read;
    store.update({ themeVersion: store.value.themeVersion + 1 });
  });
  store.subscribe([...PICTURE, "direction"], (model) => {
    stage.draw(model);
    legend.draw(model);
  });
  store.subscribe([...PICTURE, "direction", "litLayer"], (model) => strip.draw(model));
  store.subscribe(["state", "frame"], (model) => header.draw(model));
  store.subscribe(["state", "flowTime", "playing", "speed", "loop", "direction"], (model) => clock.draw(model));
  store.subscribe(["state"], (model) => {
    const { state } = model;
    setClass(root, "flat", state?.summary != null && state.summary.dim !== 2);
    const run = state?.run;
    if (run?.status.kind !== "training") return;
    const nll = shownNll(model);
    announcer.report(`step ${integer(run.step)}${nll ? `, ${nll.name} ${level(nll.value, 3)}` : ""}`);
  });
  acknowledgeFrames(store, host, (request) => actions.ask(request));
  listenToKeys(actions, pointer, () => layout.visible());
  follow(store, host, { selection, actions, exportNow });
}

/** The next frame may come when this one has been drawn. Subscribed last, so that it is told after the views. */
function acknowledgeFrames(store: Store, host: Host, ask: (request: Promise<unknown>) => void): void {
  let drawn: unknown = null;
  store.subscribe(["frame"], ({ frame }) => {
    if (!frame || frame === drawn) return;
    drawn = frame;
    ask(host.request("frame/drawn", { sequence: frame.sequence }));
  });
}

interface Followers {
  readonly selection: Selection;
  readonly actions: Actions;
  exportNow(): void;
}

/** Takes the host's snapshot and everything that happens after it. */
function follow(store: Store, host: Host, { selection, actions, exportNow }: Followers): void {
  let hostReduces = false;
  const motion = watchReducedMotion(() => store.update({ reduceMotion: hostReduces || motion() }));
  host.on("state", (state) => store.update({ state }));
  host.on("frame", (frame) => store.update({ frame }));
  host.on("pins", (pins) => store.update({ pins }));
  host.on("select", (choice) => selection.follow(choice));
  host.on("progress", ({ records, run, restarted }) => {
    const { state, history } = store.value;
    store.update({ history: restarted ? records : [...history, ...records] });
    if (state) store.update({ state: { ...state, run } });
  });
  host.on("command", ({ name }) => (name === "export-picture" ? exportNow() : actions.togglePlay()));
  actions.ask(
    host.request("view/ready", {}).then((snapshot) => {
      hostReduces = snapshot.reduceMotion;
      const { state, history, frame, pins, selected } = snapshot;
      selection.begin(selected.stage);
      store.update({ state, history, frame, pins, selectedPin: selected.pin, reduceMotion: hostReduces || motion() });
    }),
  );
}

const root = document.getElementById("pushforward");
if (root) start(root);
