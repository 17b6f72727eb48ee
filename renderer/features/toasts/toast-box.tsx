/** One short message: a sentence, what can be done, and the details of a failure. */
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import { Button } from '../../components/button.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { AlertIcon, CloseIcon } from '../../components/icons.ts';
import type { Toast } from '../../state/ui-store.ts';
import { describeError } from '../../text/describe-error.ts';
import { commonWords } from '../../text/words.ts';
import sheet from './toasts.module.css';

const css = pickClasses(sheet, ['toast', 'error', 'line', 'text', 'actions', 'close', 'details']);

export interface ToastBoxProps {
  readonly text: string;
  readonly tone?: Toast['tone'];
  readonly error?: AppErrorData | null;
  readonly actions?: ReactNode;
  readonly onClose: () => void;
  /** Milliseconds until it closes by itself; the pointer or the focus on it stops the clock. */
  readonly lifeMs: number | null;
}

export function ToastBox({ text, tone = 'plain', error = null, actions, onClose, lifeMs }: ToastBoxProps): ReactElement {
  const [open, setOpen] = useState(false);
  const [held, setHeld] = useState(false);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    if (lifeMs === null || held) return undefined;
    const timer = setTimeout(() => close.current(), lifeMs);
    return () => clearTimeout(timer);
  }, [lifeMs, held]);
  const said = error === null ? null : describeError(error, text);
  const failed = said !== null && !said.quiet;
  const loud = failed || (said === null && tone === 'error');
  return (
    <div
      className={join(css.toast, loud && css.error)}
      role={loud ? 'alert' : 'status'}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <div className={css.line}>
        {loud ? <AlertIcon aria-hidden /> : null}
        <p className={css.text}>{said?.title ?? text}</p>
        <div className={css.actions}>
          {actions}
          {failed ? <Button onPress={() => setOpen(!open)}>{open ? commonWords.hideDetails : commonWords.showDetails}</Button> : null}
        </div>
        <Button tone="flat" className={css.close} label={commonWords.close} onPress={onClose}>
          <CloseIcon aria-hidden />
        </Button>
      </div>
      {said === null ? null : (
        <div className={css.details}>
          <p>{failed ? said.happened : said.next}</p>
          {open ? (
            <>
              <p>{said.changed}</p>
              <p>{said.next}</p>
              <pre data-selectable>{said.raw}</pre>
            </>
          ) : null}
        </div>
      )}
    </div>
  );
}
