/** Short messages at the foot of the window: offers to undo, files that were opened, failures in the background. */
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { Notice, UndoOffer } from '../../../electron/ipc/state.ts';
import { Button } from '../../components/button.tsx';
import { pickClasses, join } from '../../components/class-names.ts';
import { AlertIcon, CloseIcon } from '../../components/icons.ts';
import { remedyOf, settle, showDevice, undoDetach } from '../../state/actions.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { dropToast, type Toast } from '../../state/ui-store.ts';
import { actionTitles, toastWords } from '../../text/action-words.ts';
import { describeError } from '../../text/describe-error.ts';
import { commonWords, windowWords } from '../../text/words.ts';
import { openedText } from '../../text/notice-text.ts';
import sheet from './toasts.module.css';

const css = pickClasses(sheet, ['toasts', 'toast', 'error', 'line', 'text', 'details']);
const NO_OFFERS: readonly UndoOffer[] = [];
const NO_NOTICES: readonly Notice[] = [];
const NOTICE_LIFE_MS = 8000;

export function Toasts(): ReactElement {
  const toasts = useUi((state) => state.toasts);
  const notices = useStoreState((state) => state.app?.notices ?? NO_NOTICES);
  return (
    <section className={css.toasts} aria-label={windowWords.notifications} data-pane="toasts">
      <UndoToast />
      {notices.map((notice) => (
        <NoticeToast key={notice.id} notice={notice} />
      ))}
      {toasts.map((toast) => (
        <LocalToast key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

interface ToastBoxProps {
  readonly text: string;
  readonly error?: AppErrorData | null;
  readonly actions?: ReactNode;
  readonly onClose: () => void;
  /** Milliseconds until it closes by itself; the pointer or the focus on it stops the clock. */
  readonly lifeMs: number | null;
}

function ToastBox({ text, error = null, actions, onClose, lifeMs }: ToastBoxProps): ReactElement {
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
  const loud = said !== null && !said.quiet;
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
        {actions}
        {loud ? <Button onPress={() => setOpen(!open)}>{open ? commonWords.hideDetails : commonWords.showDetails}</Button> : null}
        <Button tone="flat" label={commonWords.close} onPress={onClose}>
          <CloseIcon aria-hidden />
        </Button>
      </div>
      {said === null ? null : (
        <div className={css.details}>
          <p>{loud ? said.happened : said.next}</p>
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

function LocalToast({ toast }: { readonly toast: Toast }): ReactElement {
  const { ui } = usePlatter();
  const close = (): void => dropToast(ui, toast.id);
  const { action } = toast;
  const run = (): void => {
    close();
    action?.run();
  };
  const actions = action === null ? undefined : <Button onPress={run}>{action.label}</Button>;
  return <ToastBox text={toast.text} error={toast.error} actions={actions} onClose={close} lifeMs={toast.lifeMs} />;
}

/** All offers of main in one toast; main takes them away when their time is over. */
function UndoToast(): ReactElement | null {
  const context = usePlatter();
  const dismissed = useUi((state) => state.dismissedOffers);
  const all = useStoreState((state) => state.app?.undoOffers ?? NO_OFFERS);
  const offers = all.filter((offer) => !dismissed.has(offer.id));
  const [first] = offers;
  if (first === undefined) return null;
  const undo = (): void => {
    for (const offer of offers) void undoDetach(context, offer.id, offer.fileName);
  };
  const close = (): void => context.ui.setState({ dismissedOffers: new Set([...dismissed, ...offers.map((offer) => offer.id)]) });
  const text = offers.length === 1 ? toastWords.detached(first.fileName) : toastWords.detachedMany(offers.length);
  const label = offers.length === 1 ? toastWords.undo : toastWords.undoAll;
  return <ToastBox text={text} actions={<Button onPress={undo}>{label}</Button>} onClose={close} lifeMs={null} />;
}

/** A file that was opened from the command line or by a second start. */
function NoticeToast({ notice }: { readonly notice: Notice }): ReactElement {
  const context = usePlatter();
  const { outcome } = notice;
  const close = (): void => void settle(context.api.noticesDismiss({ notice: notice.id }));
  useEffect(() => {
    if (outcome.kind !== 'failed') showDevice(context, outcome.device);
  }, [context, outcome]);
  if (outcome.kind === 'failed') {
    const remedy = remedyOf(context, notice.image, outcome.error);
    const act = (): void => {
      close();
      remedy?.run();
    };
    const actions = remedy === null ? undefined : <Button onPress={act}>{remedy.label}</Button>;
    return <ToastBox text={actionTitles.open(notice.image.name)} error={outcome.error} actions={actions} onClose={close} lifeMs={null} />;
  }
  const show = <Button onPress={() => showDevice(context, outcome.device)}>{toastWords.show}</Button>;
  return <ToastBox text={openedText(notice.image.name, outcome)} actions={show} onClose={close} lifeMs={NOTICE_LIFE_MS} />;
}
