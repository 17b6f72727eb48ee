/** Who uses a device, for as long as somebody looks: asked again when it changes and every few seconds. */
import { useEffect, useState } from 'react';
import type { AppErrorData, Reply } from '../../../electron/ipc/errors.ts';
import type { HolderList } from '../../../native-helper/protocol/holders.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { settle, targetOf, tellFailure } from '../../state/actions.ts';
import { keepSame } from '../../state/keep-same.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { holderWords } from '../../text/holder-words.ts';

/** Nothing announces that a program opens or closes a file, and finding it out takes a look at every process. */
const INTERVAL_MS = 5000;

export interface Holders {
  /** Null before the first answer. */
  readonly list: HolderList | null;
  readonly error: AppErrorData | null;
  /** Names the programs of other users; the system may ask for a password. */
  readonly nameOthers: () => void;
}

export function useHolders(device: LoopDevice, visible: boolean): Holders {
  const context = usePlatter();
  const { api } = context;
  const open = useStoreState((state) => state.connection === 'open');
  const [reply, setReply] = useState<Reply<HolderList> | null>(null);
  /** The state of the device whose users were named: asking again without names would take them away. */
  const [named, setNamed] = useState<LoopDevice | null>(null);

  useEffect(() => {
    if (!visible || !open || named === device) return undefined;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      const answer = await settle(api.holdersList({ ...targetOf(device), nameOthers: false }));
      if (ended) return;
      setReply((before) => keepSame(before, answer));
      timer = setTimeout(() => void ask(), INTERVAL_MS);
    };
    void ask();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [api, device, visible, open, named]);

  const nameOthers = async (): Promise<void> => {
    const answer = await settle(api.holdersList({ ...targetOf(device), nameOthers: true }));
    if (answer.ok) {
      setReply(answer);
      setNamed(device);
    } else tellFailure(context, holderWords.failed, answer.error);
  };
  return {
    list: reply?.ok === true ? reply.value : null,
    error: reply?.ok === false ? reply.error : null,
    nameOthers: () => void nameOthers(),
  };
}
