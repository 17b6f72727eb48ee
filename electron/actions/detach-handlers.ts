/** Detaching and who uses a device, as a window asks for them. Main process. */
import type { HolderList } from '../../native-helper/protocol/holders.ts';
import type { RendererHandlers } from '../calls.ts';
import { closeProgram } from '../detach/close-program.ts';
import type { RendererParams } from '../ipc/methods.ts';
import { expectDevice, type ActionContext } from './context.ts';
import { detachDevice, listMine } from './detach.ts';

type DetachHandlers = Pick<
  RendererHandlers,
  Extract<keyof RendererHandlers, `detaches/${string}` | `holders/${string}` | 'devices/detach'>
>;

export function createDetachHandlers(context: ActionContext): DetachHandlers {
  const { session, detaches } = context;
  return {
    'devices/detach': async (params, connection) => detachDevice(context, params, connection),
    'detaches/choose': async ({ run, choice }) => {
      await detaches.choose(run, choice);
      return null;
    },
    'detaches/close-program': async ({ run, signal, ...program }) => {
      await detaches.closeProgram(run, program, signal);
      return null;
    },
    'detaches/mine': async () => listMine(context),
    'holders/list': async (params) => listHolders(context, params),
    'holders/close': async (params) => closeProgram(session, params),
  };
}

/** Asks for nothing: as much as the helper that is there may tell. */
async function listHolders(context: ActionContext, { nameOthers, ...target }: RendererParams<'holders/list'>): Promise<HolderList> {
  const { session, store } = context;
  if (nameOthers) return session.call('holders/list', { ...target, others: 'name' });
  const { ownership } = expectDevice(store, target);
  const counts = ownership === 'own' && store.get('actions').kind === 'ready';
  return session.look('holders/list', { ...target, others: counts ? 'count' : 'leave-out' });
}
