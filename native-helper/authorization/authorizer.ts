/** What the dispatcher needs of authorization. Runs as root. */
import type { PolkitAction } from '../protocol/methods.ts';

/** What a question to a person names; both are cleaned of hostile characters before they are shown. */
export interface PromptFacts {
  readonly device: number | null;
  readonly fileName: string | null;
}

export interface Authorizer {
  /** Resolves when the action is allowed for the caller now; throws HelperError otherwise. Any doubt denies. */
  readonly check: (action: PolkitAction, prompt: PromptFacts, signal: AbortSignal) => Promise<void>;
}
