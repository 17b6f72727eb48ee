/** What every dialog does with itself: it closes no other, and keeps what it was told until its work has gone well. */
import { createContext, useContext, useEffect, useRef, useState } from 'react';
import type { AppErrorData } from '../../electron/ipc/errors.ts';
import { usePlatter } from './react-context.ts';
import { closeDialog, pushToast, type DialogState, type Toast } from './ui-store.ts';

/** The dialog around a component. */
export const DialogContext = createContext<DialogState | null>(null);

export function useOwnDialog(): DialogState {
  const dialog = useContext(DialogContext);
  if (dialog === null) throw new Error('no dialog around this component');
  return dialog;
}

/** Closes the dialog that it was asked for in. */
export function useCloseDialog(): () => void {
  const { ui } = usePlatter();
  const dialog = useOwnDialog();
  return () => closeDialog(ui, dialog);
}

export interface DialogWork {
  readonly busy: boolean;
  readonly failure: AppErrorData | null;
  /** Resolves to the failure, or null; then the dialog closes. */
  readonly run: (work: () => Promise<AppErrorData | null>) => Promise<void>;
}

/**
 * One call at a time. A failure is shown in the dialog, with all that was filled in; where the dialog has been left
 * meanwhile, as a toast that says `action` could not be done.
 */
export function useDialogWork(action: string, remedy: (error: AppErrorData) => Toast['action'] = () => null): DialogWork {
  const { ui } = usePlatter();
  const close = useCloseDialog();
  const isSeen = useIsSeen();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<AppErrorData | null>(null);
  const run = async (work: () => Promise<AppErrorData | null>): Promise<void> => {
    setBusy(true);
    setFailure(null);
    const error = await work();
    setBusy(false);
    if (error === null) close();
    else if (isSeen()) setFailure(error);
    else pushToast(ui, { text: action, error, action: remedy(error) });
  };
  return { busy, failure, run };
}

/** Answers whether the component is still part of the window. */
export function useIsSeen(): () => boolean {
  const isSeen = useRef(false);
  useEffect(() => {
    isSeen.current = true;
    return () => {
      isSeen.current = false;
    };
  }, []);
  return () => isSeen.current;
}
