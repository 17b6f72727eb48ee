/** Facts of the image that is to be resized, asked for when the dialog opens and again after anything was done. */
import { useCallback, useEffect, useState } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { ResizeSubjectParams } from '../../../electron/ipc/resize-methods.ts';
import type { ResizeFacts } from '../../../electron/ipc/resize.ts';
import { settle } from '../../state/actions.ts';
import { usePlatter } from '../../state/react-context.ts';

export type FactsState =
  | { readonly kind: 'looking' }
  | { readonly kind: 'known'; readonly facts: ResizeFacts }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

export function useResizeFacts(subject: ResizeSubjectParams): { readonly state: FactsState; readonly lookAgain: () => void } {
  const { api } = usePlatter();
  const [state, setState] = useState<FactsState>({ kind: 'looking' });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify(subject);
  useEffect(() => {
    let isCurrent = true;
    void settle(api.resizeFacts({ subject: JSON.parse(key) as ResizeSubjectParams })).then((reply) => {
      if (isCurrent) setState(reply.ok ? { kind: 'known', facts: reply.value } : { kind: 'failed', error: reply.error });
    });
    return () => {
      isCurrent = false;
    };
  }, [api, key, turn]);
  const lookAgain = useCallback(() => setTurn((last) => last + 1), []);
  return { state, lookAgain };
}
