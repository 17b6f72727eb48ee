/** Writing to the clipboard, with the short tick that tells it was done. */
import { useEffect, useState } from 'react';
import { usePlatter } from '../state/react-context.ts';
import { toastWords } from '../text/action-words.ts';

const TICK_MS = 1500;

export function useCopy(): { readonly copied: boolean; readonly copy: (value: string) => void } {
  const { ui } = usePlatter();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), TICK_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (value: string): void => {
    navigator.clipboard.writeText(value).then(
      () => {
        setCopied(true);
        ui.setState({ announcement: toastWords.copied });
      },
      // Without the right to write, the value can still be selected and copied by hand.
      () => setCopied(false),
    );
  };
  return { copied, copy };
}
