/**
 * One typed request/response/event channel for every border in the product: extension host ↔ engine process,
 * engine ↔ compute thread, extension host ↔ webview. A contract is two interfaces: methods and events.
 */

/** What a border must offer; made from process IPC, a MessagePort or a webview by a few lines of wiring. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
}

export type Methods = { readonly [name: string]: (params: never) => unknown };
export type Events = { readonly [name: string]: unknown };
// `(p: never) => infer R` keeps the types of methods with parameters; `unknown[]` would collapse them to never.
export type Params<F> = F extends (params: infer P) => unknown ? P : never;
export type Result<F> = F extends (params: never) => infer R ? Awaited<R> : never;

/** What a handler is given beside its parameters. */
export interface CallContext {
  /** Aborted when the asker cancels; the answer is then `cancelled`, whatever the handler does. */
  readonly signal: AbortSignal;
}

export type Handlers<M> = {
  readonly [K in keyof M]: (params: Params<M[K]>, context: CallContext) => Result<M[K]> | Promise<Result<M[K]>>;
};

/** `closed`: the other side is gone. `cancelled`: the asker withdrew. Any other code comes from the handler. */
export class ChannelError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "ChannelError";
  }
}

type Wire =
  | { readonly kind: "request"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "event"; readonly event: string; readonly payload: unknown };

function isWire(message: unknown): message is Wire {
  return typeof message === "object" && message !== null && "kind" in message;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: ChannelError): void;
  stopListening(): void;
}

/** The asking side. Every request settles: with a result, with a {@link ChannelError}, or with `closed`. */
export class Client<M, E> {
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<keyof E, Set<(payload: never) => void>>();
  private nextId = 1;
  private closed: ChannelError | null = null;

  constructor(private readonly port: Port) {
    port.onMessage((message) => this.receive(message));
  }

  request<K extends keyof M & string>(method: K, params: Params<M[K]>, signal?: AbortSignal): Promise<Result<M[K]>> {
    if (this.closed) return Promise.reject(this.closed);
    if (signal?.aborted) return Promise.reject(cancelled(method));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.settle(id)?.reject(cancelled(method));
        this.post({ kind: "cancel", id });
      };
      signal?.addEventListener("abort", onAbort);
      this.pending.set(id, {
        resolve: resolve as (value: unknown) => void,
        reject,
        stopListening: () => signal?.removeEventListener("abort", onAbort),
      });
      try {
        this.post({ kind: "request", id, method, params });
      } catch (error) {
        this.settle(id)?.reject(new ChannelError("not-sent", `${method}: ${describe(error)}`));
      }
    });
  }

  /** Listens to an event; the returned function stops listening. */
  on<K extends keyof E>(event: K, listener: (payload: E[K]) => void): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Settles everything that is pending with `closed`; later requests are refused the same way. */
  dispose(reason = "the other side has ended"): void {
    if (this.closed) return;
    this.closed = new ChannelError("closed", reason);
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(this.closed);
    this.listeners.clear();
  }

  private post(message: Wire): void {
    this.port.post(message);
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.stopListening();
    return pending;
  }

  private receive(message: unknown): void {
    if (this.closed || !isWire(message)) return;
    if (message.kind === "answer") this.settle(message.id)?.resolve(message.result);
    else if (message.kind === "failure") this.settle(message.id)?.reject(new ChannelError(message.code, message.message));
    else if (message.kind === "event") {
      for (const listener of this.listeners.get(message.event as keyof E) ?? []) listener(message.payload as never);
    }
  }
}

/** The answering side. A handler that throws answers with its code and message; it never leaves the asker waiting. */
export function serve<M, E>(port: Port, handlers: Handlers<M>): { emit<K extends keyof E & string>(event: K, payload: E[K]): void } {
  const running = new Map<number, AbortController>();
  const table = new Map(Object.entries(handlers)) as Map<string, (params: never, context: CallContext) => unknown>;

  async function answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = table.get(method);
      if (!handler) throw new ChannelError("unknown-method", `nothing answers "${method}" here`);
      const result = await handler(params as never, { signal: controller.signal });
      if (!controller.signal.aborted) port.post({ kind: "answer", id, result } satisfies Wire);
    } catch (error) {
      if (controller.signal.aborted) return; // the asker has already settled with "cancelled"
      const code = error instanceof ChannelError ? error.code : "internal";
      port.post({ kind: "failure", id, code, message: describe(error) } satisfies Wire);
    } finally {
      running.delete(id);
    }
  }

  port.onMessage((message) => {
    if (!isWire(message)) return;
    if (message.kind === "request") void answer(message.id, message.method, message.params);
    else if (message.kind === "cancel") running.get(message.id)?.abort();
  });
  return { emit: (event, payload) => port.post({ kind: "event", event, payload } satisfies Wire) };
}

function cancelled(method: string): ChannelError {
  return new ChannelError("cancelled", `${method} was cancelled`);
}

/** A sentence for a caught value of any kind. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
