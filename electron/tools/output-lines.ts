/** Reads what a tool says line by line while it runs, for tools that say more than anybody keeps. Main process. */

export class OutputLines {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** A chunk as it comes: for {@link ProgramRequest.onStdout}. ASCII is all that is read of it. */
  readonly push = (chunk: Buffer): void => {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  };
}
