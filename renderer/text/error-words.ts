/** The shape of the words for a failure: sentence, cause, what did and did not change, next step (UX.md §3.8). */
export interface ErrorWords {
  readonly title: string;
  readonly happened: string;
  readonly changed: string;
  readonly next: string;
}

const NOTHING_CHANGED = 'Nothing was changed.';

/** Words of a failure that left everything as it was, unless `changed` says otherwise. */
export function words(title: string, happened: string, next: string, changed: string = NOTHING_CHANGED): ErrorWords {
  return { title, happened, changed, next };
}
