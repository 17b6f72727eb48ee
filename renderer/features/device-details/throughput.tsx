/** How much is read and written: rates, totals, and a plot of the last minute that is drawn only while it is seen. */
import { useRef, type ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import cardSheet from '../../components/card.module.css';
import { join, pickClasses } from '../../components/class-names.ts';
import { nodePath } from '../../state/device-facts.ts';
import { activityWords } from '../../text/page-words.ts';
import type { Part } from './draw-throughput.ts';
import { useThroughput } from './use-throughput.ts';
import sheet from './throughput.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const css = pickClasses(sheet, ['throughput', 'plot', 'lines', 'scale', 'figures', 'key', 'written', 'name', 'rate', 'total', 'hint']);

export function Throughput({ device }: { readonly device: LoopDevice }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  useThroughput(device, box);
  return (
    <div ref={box} className={join(cardCss.card, css.throughput)}>
      <Plot />
      <dl className={css.figures}>
        <Figure name={activityWords.reading} what="read" />
        <Figure name={activityWords.writing} what="written" />
      </dl>
      <p className={css.hint}>{activityWords.totalHint(nodePath(device))}</p>
    </div>
  );
}

/** Empty: draw-throughput.ts writes into the parts. */
function Figure({ name, what }: { readonly name: string; readonly what: 'read' | 'written' }): ReactElement {
  const part: Record<'rate' | 'total', Part> = { rate: `${what}-rate`, total: `${what}-total` };
  return (
    <div>
      <dt className={css.name}>
        <span className={join(css.key, what === 'written' && css.written)} aria-hidden />
        {name}
      </dt>
      <dd className={css.rate} data-selectable>
        <bdi data-part={part.rate} />
      </dd>
      <dd className={css.total} data-selectable>
        <bdi dir="ltr" data-part={part.total} />
      </dd>
    </div>
  );
}

/** Never mirrored: time goes from left to right. */
function Plot(): ReactElement {
  return (
    <div className={css.plot} dir="ltr">
      <canvas className={css.lines} role="img" data-part="plot" />
      <span className={css.scale} data-part="scale" aria-hidden />
    </div>
  );
}
