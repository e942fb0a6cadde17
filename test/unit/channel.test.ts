import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { ChannelError, Client, type Port, serve } from "../../src/protocol/channel";

interface TestMethods {
  add: (p: { readonly a: number; readonly b: number }) => number;
  throws: (p: { readonly how: "error" | "code" | "text" }) => null;
  forever: (p: Record<string, never>) => null;
  wasCancelled: (p: Record<string, never>) => boolean;
  array: (p: { readonly values: Float32Array }) => Float32Array;
}
interface TestEvents {
  tick: number;
}

function portOf(port: MessagePort): Port {
  return {
    post: (message, transfer) => port.postMessage(message, [...(transfer ?? [])]),
    onMessage: (listener) => port.on("message", listener),
  };
}

/** The served side is the source of `serve` itself, bundled for a thread or a process. */
const SERVED = (wiring: string) => `
  const { serve, ChannelError } = require(${JSON.stringify(path.resolve("src/protocol/channel.ts"))});
  const port = ${wiring};
  let cancelled = false;
  const { emit } = serve(port, {
    add: ({ a, b }) => a + b,
    throws: ({ how }) => {
      if (how === "error") throw new Error("an ordinary error");
      if (how === "code") throw new ChannelError("too-large", "grid: 9000 is above 1024");
      throw "only a text";
    },
    forever: (_p, { signal }) => new Promise(() => signal.addEventListener("abort", () => { cancelled = true; })),
    wasCancelled: () => cancelled,
    array: ({ values }) => { emit("tick", values.length); return values.map((v) => 2 * v); },
  });
`;
const BORDERS = {
  "a worker thread": (folder: string) => {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(path.join(folder, "thread.js"), {
      workerData: port2,
      transferList: [port2],
      execArgv: ["-r", "tsx/cjs"],
    });
    return { port: portOf(port1), end: () => worker.terminate().then(() => port1.close()) };
  },
  "a child process": (folder: string) => {
    const child: ChildProcess = fork(path.join(folder, "process.js"), [], { serialization: "advanced", execArgv: ["-r", "tsx/cjs"] });
    child.on("error", () => {});
    return {
      port: {
        post: (m: unknown) => child.send(m as object),
        onMessage: (l: (m: unknown) => void) => child.on("message", l),
      } satisfies Port,
      end: () => new Promise<void>((resolve) => child.once("exit", () => resolve()) && child.kill()),
    };
  },
};

for (const [border, open] of Object.entries(BORDERS)) {
  describe(`the message channel over ${border}`, function () {
    this.timeout(15_000);
    let folder: string;
    let client: Client<TestMethods, TestEvents>;
    let end: () => Promise<void>;

    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), "pushforward-channel-"));
      const post = "post: (m) => port.postMessage(m), onMessage: (l) => port.on('message', l)";
      writeFileSync(
        path.join(folder, "thread.js"),
        SERVED(`(() => { const port = require("node:worker_threads").workerData; return { ${post} }; })()`),
      );
      writeFileSync(
        path.join(folder, "process.js"),
        SERVED(`({ post: (m) => process.send(m), onMessage: (l) => process.on("message", l) })`),
      );
      const opened = open(folder);
      client = new Client(opened.port);
      end = opened.end;
    });
    after(async () => {
      client.dispose();
      await end();
      rmSync(folder, { recursive: true, force: true });
    });

    it("answers, also many questions at once", async () => {
      const sums = await Promise.all(Array.from({ length: 50 }, (_, a) => client.request("add", { a, b: 1 })));
      assert.deepEqual(
        sums,
        Array.from({ length: 50 }, (_, a) => a + 1),
      );
    });

    it("keeps typed arrays and tells events before the answer that follows them", async () => {
      const ticks: number[] = [];
      const stop = client.on("tick", (n) => ticks.push(n));
      assert.deepEqual(await client.request("array", { values: new Float32Array([1, 2.5]) }), new Float32Array([2, 5]));
      assert.deepEqual(ticks, [2]);
      stop();
      await client.request("array", { values: new Float32Array(1) });
      assert.deepEqual(ticks, [2]);
    });

    it("answers for a handler that throws, with its code and its sentence", async () => {
      await assert.rejects(client.request("throws", { how: "error" }), { code: "internal", message: "an ordinary error" });
      await assert.rejects(client.request("throws", { how: "code" }), { code: "too-large", message: "grid: 9000 is above 1024" });
      await assert.rejects(client.request("throws", { how: "text" }), { code: "internal", message: "only a text" });
    });

    it("answers for a method that nobody serves", async () => {
      const other = client as unknown as Client<{ missing: (p: null) => null }, TestEvents>;
      await assert.rejects(other.request("missing", null), { code: "unknown-method" });
    });

    it("refuses what cannot be sent", async () => {
      const unsendable = { a: (() => 1) as unknown as number, b: 1 };
      await assert.rejects(client.request("add", unsendable), { code: "not-sent" });
    });

    it("carries a cancellation to the handler, and settles the asker at once", async () => {
      const controller = new AbortController();
      const asked = client.request("forever", {}, controller.signal);
      controller.abort();
      await assert.rejects(asked, { code: "cancelled" });
      assert.equal(await client.request("wasCancelled", {}), true);
      await assert.rejects(client.request("add", { a: 1, b: 1 }, controller.signal), { code: "cancelled" });
    });

    it("ignores messages that are none of its own", async () => {
      const stranger = open(folder);
      for (const message of [null, 1, "text", [], { kind: "answer", id: 999, result: 1 }, { kind: "nonsense" }, { id: 1 }])
        stranger.port.post(message);
      const asker = new Client<TestMethods, TestEvents>(stranger.port);
      assert.equal(await asker.request("add", { a: 1, b: 2 }), 3);
      asker.dispose();
      await stranger.end();
    });

    it("settles everything that is pending when it is disposed", async () => {
      const opened = open(folder);
      const asker = new Client<TestMethods, TestEvents>(opened.port);
      const pending = [asker.request("forever", {}), asker.request("forever", {}), asker.request("add", { a: 1, b: 1 })];
      asker.dispose("the engine has ended");
      for (const settled of await Promise.allSettled(pending)) {
        assert.equal(settled.status, "rejected");
        const reason: unknown = settled.status === "rejected" && settled.reason;
        assert.ok(reason instanceof ChannelError && reason.code === "closed" && reason.message === "the engine has ended");
      }
      await assert.rejects(asker.request("add", { a: 1, b: 1 }), { code: "closed" });
      await opened.end();
    });
  });
}

it("serve does not compile with a method missing", () => {
  // @ts-expect-error `throws` and others are not served
  const incomplete = () => serve<TestMethods, TestEvents>({} as Port, { add: ({ a, b }) => a + b });
  assert.ok(incomplete);
});
