/** Takes messages away that tell of a device which has gone: there is nothing left of what they say and offer. */
import { attachedKey, settle, type Context } from './actions.ts';
import { keyOf } from './device-facts.ts';

export function dropStaleToasts({ api, appStore, ui }: Pick<Context, 'api' | 'appStore' | 'ui'>): () => void {
  return appStore.subscribe(({ app }, { app: before }) => {
    if (app === null || before === null || app.devices === before.devices) return;
    const alive = new Set(app.devices.map(keyOf));
    const gone = new Set(before.devices.map(keyOf).filter((key) => !alive.has(key)));
    if (gone.size === 0) return;
    const { toasts } = ui.getState();
    const left = toasts.filter(({ device }) => device === null || !gone.has(device));
    if (left.length < toasts.length) ui.setState({ toasts: left });
    for (const { id, outcome } of app.notices) {
      if (outcome.kind !== 'failed' && gone.has(attachedKey(outcome))) void settle(api.noticesDismiss({ notice: id }));
    }
  });
}
