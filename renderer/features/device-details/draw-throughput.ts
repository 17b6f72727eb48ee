/**
 * Writes what is read and written into the page, once a second and without React: rendering cost more than measuring, sending and drawing
 * together. Only what differs from before is touched.
 */
import { heightsOf, SAMPLES_KEPT, scaleOf, type RateSample, type Throughput } from '../../state/throughput.ts';
import { formatSize } from '../../text/format.ts';
import { activityWords } from '../../text/page-words.ts';
import { PlotCanvas } from './plot-canvas.ts';

export const rateText = (bytesPerSecond: number): string => activityWords.rate(formatSize(BigInt(Math.round(bytesPerSecond))));

/** Names of the elements that are written to (`data-part`). */
export const parts = ['plot', 'scale', 'read-rate', 'written-rate', 'read-total', 'written-total'] as const;
export type Part = (typeof parts)[number];

/** The parts of one box that React made and leaves alone from then on. */
export class ThroughputDrawing {
  readonly #elements: ReadonlyMap<Part, Element>;
  readonly #shown = new Map<string, string>();
  readonly #canvas: PlotCanvas | null;

  constructor(box: Element) {
    const found = parts.map((part) => [part, box.querySelector(`[data-part="${part}"]`)] as const);
    this.#elements = new Map(found.flatMap(([part, element]) => (element === null ? [] : [[part, element]])));
    const plot = this.#elements.get('plot');
    this.#canvas = plot instanceof HTMLCanvasElement ? new PlotCanvas(plot) : null;
  }

  close(): void {
    this.#canvas?.close();
  }

  /** Null: nothing is known yet. */
  show(rates: Throughput | null): void {
    const samples = rates?.samples ?? [];
    const scale = scaleOf(samples);
    const read = samples.map((sample) => sample.readBytesPerSecond);
    const written = samples.map((sample) => sample.writtenBytesPerSecond);
    // First: it asks for colours, which would have the words laid out that are changed before.
    this.#canvas?.show({ read: heightsOf(read, scale), written: heightsOf(written, scale), most: SAMPLES_KEPT });
    this.#write('plot', 'aria-label', activityWords.plot(rateText(Math.max(0, ...read)), rateText(Math.max(0, ...written))));
    this.#say('scale', rateText(scale));
    const present = samples.at(-1);
    this.#showRate('read-rate', present?.readBytesPerSecond);
    this.#showRate('written-rate', present?.writtenBytesPerSecond);
    this.#say('read-total', rates === null ? '' : activityWords.total(formatSize(BigInt(rates.last.readBytes))));
    this.#say('written-total', rates === null ? '' : activityWords.total(formatSize(BigInt(rates.last.writtenBytes))));
  }

  #showRate(part: Part, rate: RateSample[keyof RateSample] | undefined): void {
    this.#write(part, 'data-waiting', rate === undefined ? '' : null);
    this.#say(part, rate === undefined ? activityWords.waiting : rateText(rate));
  }

  /** The text itself is exchanged, not its node: what somebody has selected stays selected. */
  #say(part: Part, text: string): void {
    const element = this.#elements.get(part);
    if (element === undefined || !this.#isNew(part, text)) return;
    if (element.firstChild instanceof Text) element.firstChild.data = text;
    else element.textContent = text;
  }

  #write(part: Part, attribute: string, value: string | null): void {
    const element = this.#elements.get(part);
    if (element === undefined || !this.#isNew(`${part} ${attribute}`, value ?? '\0')) return;
    if (value === null) element.removeAttribute(attribute);
    else element.setAttribute(attribute, value);
  }

  #isNew(key: string, value: string): boolean {
    if (this.#shown.get(key) === value) return false;
    this.#shown.set(key, value);
    return true;
  }
}
