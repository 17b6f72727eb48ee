/**
 * The lines of the plot. On a canvas, because a line of SVG that changes has the page laid out, painted and put together anew: that was most
 * of what the plot cost, with Chromium painting in software.
 */
export interface PlotLines {
  /** From 0 to 1, the oldest first. */
  readonly read: readonly number[];
  readonly written: readonly number[];
  /** How many values fill the width; fewer begin further to the right. */
  readonly most: number;
}

const LINE_PIXELS = 2;
const DASH_PIXELS = [5, 3];
const AREA_ALPHA = 0.16;

/** What of `lines` was drawn where, in which colours. */
interface Drawn {
  readonly lines: PlotLines;
  readonly colours: string;
}

export class PlotCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #observer: ResizeObserver;
  #lines: PlotLines | null = null;
  #drawn: Drawn | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    // In memory of the page: so small a picture is not worth the way to a graphics card and back.
    this.#context = canvas.getContext('2d', { willReadFrequently: true });
    this.#observer = new ResizeObserver((entries) => this.#fit(entries.at(-1)?.devicePixelContentBoxSize[0]));
    this.#observer.observe(canvas, { box: 'device-pixel-content-box' });
  }

  close(): void {
    this.#observer.disconnect();
  }

  show(lines: PlotLines): void {
    this.#lines = lines;
    this.#draw();
  }

  /** As many points as the screen has there, so that nothing is scaled. */
  #fit(size: ResizeObserverSize | undefined): void {
    if (size === undefined) return;
    this.#canvas.width = size.inlineSize;
    this.#canvas.height = size.blockSize;
    this.#drawn = null;
    this.#draw();
  }

  #draw(): void {
    const [lines, context] = [this.#lines, this.#context];
    if (lines === null || context === null) return;
    // Their names are those of the style sheet, which knows of dark, light and forced colours.
    const { color, outlineColor } = getComputedStyle(this.#canvas);
    const colours = `${color} ${outlineColor}`;
    if (this.#drawn?.colours === colours && isSame(this.#drawn.lines, lines)) return;
    this.#drawn = { lines, colours };
    const { width, height } = this.#canvas;
    context.clearRect(0, 0, width, height);
    context.lineWidth = LINE_PIXELS * devicePixelRatio;
    context.lineJoin = 'round';
    this.#trace(context, lines.read, lines.most);
    strokeIn(context, color, []);
    fillBelow(context, { left: leftOf(lines, width), right: width, bottom: height }, color);
    this.#trace(context, lines.written, lines.most);
    strokeIn(context, outlineColor, DASH_PIXELS);
  }

  #trace(context: CanvasRenderingContext2D, values: readonly number[], most: number): void {
    const { width, height } = this.#canvas;
    const half = context.lineWidth / 2;
    const step = width / (most - 1);
    context.beginPath();
    for (const [index, value] of values.entries()) {
      context.lineTo((most - values.length + index) * step, half + (1 - value) * (height - 2 * half));
    }
  }
}

function leftOf({ read, most }: PlotLines, width: number): number {
  return ((most - read.length) * width) / (most - 1);
}

function strokeIn(context: CanvasRenderingContext2D, colour: string, dash: readonly number[]): void {
  context.strokeStyle = colour;
  context.setLineDash(dash.map((length) => length * devicePixelRatio));
  context.stroke();
}

/** Goes on from the end of the line that was traced last. */
function fillBelow(
  context: CanvasRenderingContext2D,
  box: { readonly left: number; readonly right: number; readonly bottom: number },
  colour: string,
): void {
  context.lineTo(box.right, box.bottom);
  context.lineTo(box.left, box.bottom);
  context.globalAlpha = AREA_ALPHA;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
}

function isSame(one: PlotLines, other: PlotLines): boolean {
  return isSameLine(one.read, other.read) && isSameLine(one.written, other.written);
}

function isSameLine(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
