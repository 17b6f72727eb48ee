/** Short messages at the foot of the window: offers to undo, files that were opened, failures in the background. */
import { useEffect, type ReactElement } from 'react';
import type { Notice, UndoOffer } from '../../../electron/ipc/state.ts';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { remedyOf, selectDevice, settle, showDevice, undoDetach } from '../../state/actions.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { dropToast, type Toast } from '../../state/ui-store.ts';
import { actionTitles, toastWords } from '../../text/action-words.ts';
import { windowWords } from '../../text/words.ts';
import { openedText } from '../../text/notice-text.ts';
import { JobToasts } from '../jobs/job-toasts.tsx';
import { ToastBox } from './toast-box.tsx';
import sheet from './toasts.module.css';

const css = pickClasses(sheet, ['toasts']);
const NO_OFFERS: readonly UndoOffer[] = [];
const NO_NOTICES: readonly Notice[] = [];
const NOTICE_LIFE_MS = 8000;

export function Toasts(): ReactElement {
  const toasts = useUi((state) => state.toasts);
  const notices = useStoreState((state) => state.app?.notices ?? NO_NOTICES);
  return (
    // Newest first, at the foot of the window; by its mark it can be used while a dialog is open (react-aria's ariaHideOutside).
    <section className={css.toasts} aria-label={windowWords.notifications} data-pane="toasts" data-react-aria-top-layer>
      {toasts.toReversed().map((toast) => (
        <LocalToast key={toast.id} toast={toast} />
      ))}
      {notices.toReversed().map((notice) => (
        <NoticeToast key={notice.id} notice={notice} />
      ))}
      <JobToasts />
      <UndoToast />
    </section>
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
  return <ToastBox text={toast.text} tone={toast.tone} error={toast.error} actions={actions} onClose={close} lifeMs={toast.lifeMs} />;
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
    if (outcome.kind !== 'failed') selectDevice(context, outcome.device);
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
