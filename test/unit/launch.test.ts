import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EngineEnding, EngineProcess } from "../../src/launch/engine-process";
import { DEATHS_BEFORE_REFUSAL, DEATHS_WINDOW_MS, Supervisor } from "../../src/launch/supervisor";
import { ChannelError } from "../../src/protocol/channel";

// The smallest engine: says hello, and does as it is told by the method's name.
const TINY_ENGINE = `
  const answer = (id, result) => process.send({ kind: "answer", id, result });
  process.on("message", ({ kind, id, method, params }) => {
    if (kind !== "request") return;
    if (method === "engine/hello") answer(id, { backend: "none", note: null, pid: process.pid });
    else if (method === "evaluate/samples") answer(id, new Float32Array([1.5, params.n]));
    else if (method === "flow/close" && params.session === "env") answer(id, Object.keys(process.env).filter((n) => n.startsWith("VSCODE_")));
    else if (method === "run/checkpoint") {
      process.send({ kind: "event", event: "run/checkpoint", payload: { session: params.session, revision: 1, step: 40, checkpoint: new Uint8Array([4, 2]) } });
      process.exit(7);
    }
    else if (method === "run/pause") process.exit(0);
    else if (method === "run/train") throw new Error("a step went wrong");
    else if (method === "run/step") { const until = Date.now() + params.steps; while (Date.now() < until); answer(id, null); }
  });
  process.on("disconnect", () => process.env.STUBBORN ? setInterval(() => {}, 1000) : process.exit(0));
`;

const NOTICED_MS = 1000; // about 20 ms on a quiet machine; a busy one runs us late

describe("the engine process", function () {
  this.timeout(15_000);
  let folder: string;
  let file: string;
  const started: EngineProcess[] = [];

  const start = (env: NodeJS.ProcessEnv = {}) => {
    const engine = new EngineProcess(file, { env: { ...process.env, ...env } });
    started.push(engine);
    return engine;
  };
  const ending = (engine: EngineProcess) => new Promise<EngineEnding>((resolve) => engine.onEnded(resolve));
  const session = { session: "s" };

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "pushforward-launch-"));
    file = path.join(folder, "tiny-engine.js");
    writeFileSync(file, TINY_ENGINE);
  });
  afterEach(() => Promise.all(started.splice(0).map((engine) => engine.stop())));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("answers from a process of its own, with typed arrays as typed arrays", async () => {
    const engine = start();
    const hello = await engine.client.request("engine/hello", {});
    assert.equal(hello.pid, engine.pid);
    assert.notEqual(hello.pid, process.pid);
    const samples = await engine.client.request("evaluate/samples", { session: "s", n: 2 });
    assert.deepEqual(samples, new Float32Array([1.5, 2]));
  });

  it("keeps the editor's own variables from the child", async () => {
    const engine = start({ VSCODE_IPC_HOOK_CLI: "/tmp/socket", VSCODE_NLS_CONFIG: "{}" });
    assert.deepEqual(await engine.client.request("flow/close", { session: "env" }), []);
  });

  it("takes exit code 0 in the middle of the work for a death, and settles what was asked", async () => {
    const engine = start();
    const death = ending(engine);
    await assert.rejects(engine.client.request("run/pause", session), { code: "closed" });
    const { code, expected, reason } = await death;
    assert.deepEqual({ code, expected }, { code: 0, expected: false });
    assert.match(reason, /middle of its work/);
    assert.equal(engine.isRunning, false);
  });

  it("names the error that ended it", async () => {
    const engine = start();
    const death = ending(engine);
    await assert.rejects(engine.client.request("run/train", session), ChannelError);
    assert.match((await death).reason, /code 1\): Error: a step went wrong/);
  });

  it("notices SIGKILL at once and never throws for a message sent afterwards", async () => {
    const engine = start();
    await engine.client.request("engine/hello", {});
    const killed = Date.now();
    process.kill(engine.pid ?? 0, "SIGKILL");
    const { signal, reason } = await ending(engine);
    assert.ok(Date.now() - killed < NOTICED_MS, `${Date.now() - killed} ms`);
    assert.equal(signal, "SIGKILL");
    assert.match(reason, /ended from outside/);
    await assert.rejects(engine.client.request("engine/hello", {}), { code: "closed" });
  });

  it("says so when it cannot be started", async () => {
    const engine = new EngineProcess(file, { execPath: path.join(folder, "no-such-node") });
    started.push(engine);
    const asked = engine.client.request("engine/hello", {});
    await assert.rejects(asked, { code: "closed" });
    assert.match((await ending(engine)).reason, /could not be started: .*ENOENT/);
  });

  it("says so when its bundle is missing", async () => {
    const engine = new EngineProcess(path.join(folder, "no-engine.js"));
    started.push(engine);
    assert.match((await ending(engine)).reason, /Cannot find module/);
  });

  it("tells silence after 2 s and the first answer after it", async () => {
    const engine = start();
    await engine.client.request("engine/hello", {});
    const silent = new Promise<number>((resolve) => engine.onSilent(resolve));
    const answering = new Promise<void>((resolve) => engine.onAnswering(resolve));
    const asked = Date.now();
    const busy = engine.client.request("run/step", { session: "s", steps: 5000 });
    busy.catch(() => {}); // settled by the ending if this test fails
    assert.ok((await silent) >= 2);
    assert.ok(Date.now() - asked < 2500 + NOTICED_MS, `noticed after ${Date.now() - asked} ms`);
    assert.ok(engine.isSilent && engine.isRunning);
    await answering;
    await busy;
    assert.equal(engine.isSilent, false);
  });

  it("stops by itself when asked, and is killed after 2 s when it does not", async () => {
    const gentle = start();
    await gentle.client.request("engine/hello", {});
    const asked = Date.now();
    assert.equal((await gentle.stop()).expected, true);
    assert.ok(Date.now() - asked < 1000);

    const stubborn = start({ STUBBORN: "1" });
    await stubborn.client.request("engine/hello", {});
    const { signal, expected } = await stubborn.stop();
    assert.deepEqual({ signal, expected }, { signal: "SIGKILL", expected: true });
  });

  it("lets the last messages in before it tells the ending", async () => {
    const supervisor = new Supervisor(() => start());
    const engine = supervisor.ensure("program");
    const died = new Promise<EngineEnding>((resolve) => supervisor.onDied(resolve));
    void engine?.client.request("run/checkpoint", session).catch(() => {}); // the process ends instead of answering
    assert.equal((await died).code, 7);
    assert.deepEqual(supervisor.checkpointOf("s"), { revision: 1, step: 40, bytes: new Uint8Array([4, 2]) });
    supervisor.forget("s");
    assert.equal(supervisor.checkpointOf("s"), null);
  });

  it("refuses to start by itself after five deaths in three minutes, but obeys a person", async () => {
    let clock = 0;
    const supervisor = new Supervisor(
      () => start(),
      () => clock,
    );
    for (let death = 0; death < DEATHS_BEFORE_REFUSAL; death++) {
      const died = new Promise((resolve) => supervisor.onDied(resolve));
      const engine = supervisor.ensure("program");
      assert.ok(engine, `start ${death}`);
      void engine.client.request("run/pause", session).catch(() => {}); // exits
      await died;
    }
    assert.equal(supervisor.ensure("program"), null);
    assert.ok(supervisor.ensure("person"));
    await supervisor.stop();
    clock += DEATHS_WINDOW_MS + 1;
    assert.ok(supervisor.ensure("program"));
    await supervisor.stop();
  });

  it("tells no death for an engine that it replaced or stopped", async () => {
    const supervisor = new Supervisor(() => start());
    let deaths = 0;
    supervisor.onDied(() => deaths++);
    const first = supervisor.ensure("program");
    const second = supervisor.restart();
    assert.notEqual(first?.pid, second.pid);
    await ending(first as EngineProcess);
    await second.client.request("engine/hello", {});
    await supervisor.stop();
    assert.equal(deaths, 0);
  });
});
