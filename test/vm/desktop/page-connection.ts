/** The page of the running window through Chromium's own debugging door: Playwright takes longer to load in this machine than the window. */
import { setTimeout } from 'node:timers/promises';

/** Ten times what anything in the window takes here. */
const UNTIL_LIMIT_MS = 180_000;

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown; readonly data?: string };
  readonly error?: { readonly message: string };
}

export class PageConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      const answer = JSON.parse(event.data) as Answer;
      this.#waiting.get(answer.id ?? -1)?.(answer);
    });
  }

  /** Waits for the window that was started with `--remote-debugging-port`. */
  static async open(port: number): Promise<PageConnection> {
    const giveUpAt = performance.now() + UNTIL_LIMIT_MS;
    let url: string | undefined;
    while (url === undefined) {
      if (performance.now() > giveUpAt) throw new Error(`no window answers at port ${port} after ${UNTIL_LIMIT_MS} ms`);
      await setTimeout(200);
      const pages = await fetch(`http://127.0.0.1:${port}/json`).then(
        async (answer) => (await answer.json()) as readonly { readonly type: string; readonly webSocketDebuggerUrl: string }[],
        () => [],
      );
      url = pages.find(({ type }) => type === 'page')?.webSocketDebuggerUrl;
    }
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
    return new PageConnection(socket);
  }

  async #send(method: string, params: object): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const answer = await answered;
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer;
  }

  /** The value of an expression in the page, promises awaited. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (result?.exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(result.exceptionDetails)}`);
    return result?.result?.value;
  }

  /** Repeats until the expression is true. Fails with what it was last when the test has no more time. */
  async until(expression: string): Promise<void> {
    const giveUpAt = performance.now() + UNTIL_LIMIT_MS;
    let last: unknown;
    do {
      // Between two documents there is nothing to evaluate it in.
      last = await this.evaluate(expression).catch((error: unknown) => String(error));
      if (last === true) return;
      await setTimeout(100);
    } while (performance.now() < giveUpAt);
    throw new Error(`not true in the page after ${UNTIL_LIMIT_MS} ms: ${expression}, which is ${JSON.stringify(last)}`);
  }

  async screenshot(): Promise<Buffer> {
    const { result } = await this.#send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(result?.data ?? '', 'base64');
  }

  close(): void {
    this.#socket.close();
  }
}
