/** Sector sizes to choose from. Pure. */
import { advancedWords } from './device-words.ts';
import { formatNumber } from './format.ts';

/** Powers of two from 512 to `largest`; `present` is among them whatever it is. In bytes. */
export function sectorOptions(largest: number, present?: number): readonly { readonly id: string; readonly label: string }[] {
  const sizes: number[] = [];
  for (let size = 512; size <= largest; size *= 2) sizes.push(size);
  if (present !== undefined && present !== 0 && !sizes.includes(present)) sizes.push(present);
  return sizes.map((size) => ({ id: size.toString(), label: advancedWords.sectorBytes(formatNumber(size)) }));
}
