/** Waiting without promises about speed: a condition is asked again until it holds, or until mocha has ended the test. */

const LOOK_AGAIN_MS = 50;

let awaited: string | null = null;
let test = 0;

/** Asks until the answer is something. What is awaited is remembered, so that a hang can be told by its name. */
export async function until<T>(what: string, ask: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T> {
  const mine = test;
  awaited = what;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) {
      awaited = null;
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    if (mine !== test) throw new Error(`given up with the test that waited: ${what}`);
  }
}

/** After each test: loops that its end left behind stop. Answers what was being waited for, if anything. */
export function endOfWaiting(): string | null {
  test++;
  const was = awaited;
  awaited = null;
  return was;
}
