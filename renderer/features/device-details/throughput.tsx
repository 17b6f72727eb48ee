/** How much is read and written: rates, totals, and a plot of the last minute that is drawn only while it is seen. */
import { useRef, type ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import cardSheet from '../../components/card.module.css';
import { join, pickClasses } from '../../components/class-names.ts';
import { useVisible } from '../../components/use-visible.ts';
import { nodePath } from '../../state/device-facts.ts';
import { linePoints, SAMPLES_KEPT, scaleOf, type RateSample, type Throughput as Rates } from '../../state/throughput.ts';
import { formatSize } from '../../text/format.ts';
import { activityWords } from '../../text/page-words.ts';
import { useThroughput } from './use-throughput.ts';
import sheet from './throughput.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const css = pickClasses(sheet, [
  'throughput',
  'plot',
  'lines',
  'scale',
  'figures',
  'key',
  'written',
  'name',
  'rate',
  'waiting',
  'total',
  'read',
  'hint',
]);

const rateText = (bytesPerSecond: number): string => activityWords.rate(formatSize(BigInt(Math.round(bytesPerSecond))));

export function Throughput({ device }: { readonly device: LoopDevice }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const rates = useThroughput(device, useVisible(box));
  return (
    <div ref={box} className={join(cardCss.card, css.throughput)}>
      <Plot samples={rates?.samples ?? []} />
      <dl className={css.figures}>
        <Figure rates={rates} name={activityWords.reading} rate="readBytesPerSecond" total="readBytes" />
        <Figure rates={rates} name={activityWords.writing} rate="writtenBytesPerSecond" total="writtenBytes" />
      </dl>
      <p className={css.hint}>{activityWords.totalHint(nodePath(device))}</p>
    </div>
  );
}

interface FigureProps {
  readonly rates: Rates | null;
  readonly name: string;
  readonly rate: keyof RateSample;
  readonly total: 'readBytes' | 'writtenBytes';
}

function Figure({ rates, name, rate, total }: FigureProps): ReactElement {
  const present = rates?.samples.at(-1);
  return (
    <div>
      <dt className={css.name}>
        <span className={join(css.key, total === 'writtenBytes' && css.written)} aria-hidden />
        {name}
      </dt>
      <dd className={join(css.rate, present === undefined && css.waiting)} data-selectable>
        {present === undefined ? activityWords.waiting : <bdi dir="ltr">{rateText(present[rate])}</bdi>}
      </dd>
      <dd className={css.total} data-selectable>
        {rates === null ? null : <bdi dir="ltr">{activityWords.total(formatSize(BigInt(rates.last[total])))}</bdi>}
      </dd>
    </div>
  );
}

/** Never mirrored: time goes from left to right. */
function Plot({ samples }: { readonly samples: readonly RateSample[] }): ReactElement {
  const scale = scaleOf(samples);
  const read = samples.map((sample) => sample.readBytesPerSecond);
  const written = samples.map((sample) => sample.writtenBytesPerSecond);
  const first = SAMPLES_KEPT - samples.length;
  const label = activityWords.plot(rateText(Math.max(0, ...read)), rateText(Math.max(0, ...written)));
  return (
    <div className={css.plot} dir="ltr">
      <svg className={css.lines} viewBox={`0 0 ${SAMPLES_KEPT - 1} 100`} preserveAspectRatio="none" role="img" aria-label={label}>
        {samples.length === 0 ? null : <polygon points={`${first},100 ${linePoints(read, scale)} ${SAMPLES_KEPT - 1},100`} />}
        <polyline className={css.read} points={linePoints(read, scale)} />
        <polyline className={css.written} points={linePoints(written, scale)} />
      </svg>
      <span className={css.scale} aria-hidden>
        {rateText(scale)}
      </span>
    </div>
  );
}
