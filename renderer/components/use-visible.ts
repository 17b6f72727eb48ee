/** Whether a thing can be seen: in the part of its pane that is scrolled to, in a window that is shown. */
import { useEffect, useState, type RefObject } from 'react';

export function useVisible(element: RefObject<Element | null>): boolean {
  const [inSight, setInSight] = useState(false);
  const [shown, setShown] = useState(() => document.visibilityState === 'visible');

  useEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const observer = new IntersectionObserver((entries) => setInSight(entries.at(-1)?.isIntersecting ?? false));
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);

  useEffect(() => {
    const look = (): void => setShown(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return inSight && shown;
}
