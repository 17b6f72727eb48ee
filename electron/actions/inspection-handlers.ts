/** Looking at images and opening them, as a window asks for it. Main process. */
import type { RendererHandlers } from '../calls.ts';
import { inspectFile } from '../images/inspect.ts';
import type { ActionContext } from './context.ts';
import { openFromWindow } from './open.ts';

export function createInspectionHandlers(context: ActionContext): Pick<RendererHandlers, 'images/inspect' | 'images/open'> {
  const { store, files, worker, neighbours } = context;
  return {
    'images/inspect': async ({ image }) => inspectFile({ worker, devices: store.devices(), neighbours }, files.pathOf(image)),
    'images/open': async ({ image }) => openFromWindow(context, files.pathOf(image)),
  };
}
