/** Height of a list's row in CSS pixels; follows the size of text. */
import { useEffect, useState } from 'react';

export function useRowSize(rowRem: number): number {
  const [rem, setRem] = useState(readRem);
  useEffect(() => {
    const update = (): void => setRem(readRem());
    window.addEventListener('resize', update);
    return () => window.removeEventListener('resize', update);
  }, []);
  return Math.round(rem * rowRem);
}

function readRem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
