/** How much two pictures differ to the eye, whatever fonts and anti-aliasing a machine has: coarse cells, each by its mean colour. */
import type { Browser } from '@playwright/test';

const CELL_PIXELS = 10;
/** Of 255, in any of the three colours. */
const LARGEST_UNSEEN = 24;

/** Share of cells that look different; 1 for pictures of different sizes. */
export async function pictureDifference(browser: Browser, first: Buffer, second: Buffer): Promise<number> {
  const page = await browser.newPage();
  try {
    const pictures = [first, second].map((picture) => `data:image/png;base64,${picture.toString('base64')}`);
    return await page.evaluate(compare, { pictures, cell: CELL_PIXELS, unseen: LARGEST_UNSEEN });
  } finally {
    await page.close();
  }
}

interface Comparison {
  readonly pictures: readonly string[];
  readonly cell: number;
  readonly unseen: number;
}

/** Runs in a page, which can decode and shrink pictures. */
async function compare({ pictures, cell, unseen }: Comparison): Promise<number> {
  const shrunk = await Promise.all(
    pictures.map(async (address) => {
      const image = await createImageBitmap(await (await fetch(address)).blob());
      const [width, height] = [Math.floor(image.width / cell), Math.floor(image.height / cell)];
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, 0, 0, width, height);
      return { width, height, bytes: context.getImageData(0, 0, width, height).data };
    }),
  );
  const [one, other] = shrunk;
  if (one === undefined || other === undefined || one.width !== other.width || one.height !== other.height) return 1;
  let different = 0;
  for (let place = 0; place < one.bytes.length; place += 4) {
    const distances = [0, 1, 2].map((colour) => Math.abs((one.bytes[place + colour] ?? 0) - (other.bytes[place + colour] ?? 0)));
    if (Math.max(...distances) > unseen) different += 1;
  }
  return different / (one.width * one.height);
}
