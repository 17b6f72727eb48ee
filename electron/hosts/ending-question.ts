/** Whether the program may end while work is under way: asked of the person, at most once at a time (UX.md §3.10). */

/** What is known of the program and its window. */
export interface EndingSubject {
  readonly runningJobs: number;
  /** True when there is no window left to ask in. */
  readonly isGone: () => boolean;
  /** Asks; true: stop and quit. */
  readonly show: (jobs: number) => Promise<boolean>;
}

export class EndingQuestion {
  readonly #subject: EndingSubject;
  #mayEnd = false;
  #isAsking = false;

  constructor(subject: EndingSubject) {
    this.#subject = subject;
  }

  /** True when nobody needs to be asked any more. */
  get isSettled(): boolean {
    return this.#mayEnd || this.#subject.isGone() || this.#subject.runningJobs === 0;
  }

  /** From now on nobody is asked: the system ends the program. */
  waive(): void {
    this.#mayEnd = true;
  }

  /** True when the program may end; who asks while the question stands gets false. */
  async ask(): Promise<boolean> {
    if (this.isSettled) return true;
    if (this.#isAsking) return false;
    this.#isAsking = true;
    try {
      this.#mayEnd = await this.#subject.show(this.#subject.runningJobs);
      return this.#mayEnd;
    } finally {
      this.#isAsking = false;
    }
  }
}
