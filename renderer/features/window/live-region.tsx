/** Tells those who do not see the list what changed in it: politely, and bursts as one sentence (UX.md §3.10). */
import { useEffect, type ReactElement } from 'react';
import { VisuallyHidden } from 'react-aria-components';
import type { AppState } from '../../../electron/ipc/state.ts';
import type { Context } from '../../state/actions.ts';
import { keyOf } from '../../state/device-facts.ts';
import { usePlatter, useUi } from '../../state/react-context.ts';
import { isSystemDevice } from '../../state/system-devices.ts';
import { spokenJob } from '../../text/job-text.ts';
import { listWords } from '../../text/words.ts';

const BURST_MS = 300;

/** Watches the stores and collects what is worth saying; returns the function that ends it. */
function announceChanges({ appStore, ui }: Context): () => void {
  const keysOf = (app: AppState): ReadonlySet<string> => new Set(app.devices.filter((device) => !isSystemDevice(device)).map(keyOf));
  const first = appStore.getState().app;
  let known = first === null ? null : keysOf(first);
  let attached = 0;
  let detached = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const told = new Map<number, string>();

  const say = (text: string): void => ui.setState({ announcement: text });
  const flush = (): void => {
    timer = undefined;
    const parts: string[] = [];
    if (attached > 0) parts.push(listWords.attachedLive(attached));
    if (detached > 0) parts.push(listWords.detachedLive(detached));
    attached = 0;
    detached = 0;
    say(parts.join(', '));
  };
  const lookAtJobs = (): void => {
    for (const job of appStore.getState().app?.jobs ?? []) {
      const text = spokenJob(job);
      if (told.get(job.id) === text) continue;
      told.set(job.id, text);
      say(text);
    }
  };
  return appStore.subscribe((state, before) => {
    if (state.app?.jobs !== before.app?.jobs) lookAtJobs();
    if (state.app === null || state.app.devices === before.app?.devices) return;
    const present = keysOf(state.app);
    if (known !== null) {
      for (const key of present) if (!known.has(key)) attached += 1;
      for (const key of known) if (!present.has(key)) detached += 1;
      if (attached + detached > 0) timer ??= setTimeout(flush, BURST_MS);
    }
    known = present;
  });
}

export function LiveRegion(): ReactElement {
  const context = usePlatter();
  const announcement = useUi((state) => state.announcement);
  useEffect(() => announceChanges(context), [context]);
  return (
    <VisuallyHidden>
      {/* The mark keeps it from falling silent while a dialog is open (react-aria's ariaHideOutside). */}
      <div role="status" aria-live="polite" data-live data-live-announcer="true">
        {announcement}
      </div>
    </VisuallyHidden>
  );
}
