/** An image to attach that was asked for from outside of the window, by the desktop's action "Attach Image". */
import { useEffect, useRef } from 'react';
import { openAttach } from '../../state/device-actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';

/** Asks for the file once for each wish; a page that was loaded anew has seen the earlier ones. */
export function useAttachWishes(): void {
  const context = usePlatter();
  const wishes = useStoreState((state) => state.app?.attachWishes ?? 0);
  const answered = useRef(0);
  useEffect(() => {
    if (wishes <= answered.current) return;
    answered.current = wishes;
    void openAttach(context);
  }, [context, wishes]);
}
