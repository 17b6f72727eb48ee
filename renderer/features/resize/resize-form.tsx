/** What is asked before a resize: the size, who takes or gives the space, and the plan that follows from both. */
import { useMemo, type ReactElement, type ReactNode } from 'react';
import type { ResizeFacts, ResizePlace, ResizePlan } from '../../../electron/ipc/resize.ts';
import type { DecimalString } from '../../../native-helper/protocol/scalars.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { rebuildPlace } from '../../../electron/resize/planning/rebuild.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { SwitchRow } from '../../components/rows.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { toDecimalText } from '../../state/decimal-text.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { useStoreState } from '../../state/react-context.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { formatSize } from '../../text/format.ts';
import { placeName, refusalText, resizeWords, stepText, warningTexts } from '../../text/resize-words.ts';
import { bytesOf, toSizeText, type SizeText } from '../../text/size-text.ts';
import { PlaceChoices } from './place-choices.tsx';
import { ResizePictures } from './resize-pictures.tsx';
import { ResizeSlider } from './slider.tsx';
import { suggestedSize } from './suggested-size.ts';
import sheet from './resize.module.css';

const css = pickClasses(sheet, ['steps', 'note']);

export interface ResizeChoice {
  readonly sizeBytes: DecimalString;
  readonly place: ResizePlace;
  readonly reserve: boolean;
  readonly steps: string[];
}

/** What was typed and chosen. */
export interface ResizeValues {
  readonly size: SizeText;
  /** Null: as the plan proposes. */
  readonly place: ResizePlace | null;
  readonly reserve: boolean;
}

export function firstValues(facts: ResizeFacts): ResizeValues {
  return { size: toSizeText(suggestedSize(facts)), place: null, reserve: false };
}

export interface ResizeFormProps {
  readonly title: string;
  readonly facts: ResizeFacts;
  readonly banner: ReactNode;
  readonly values: ResizeValues;
  readonly onChange: (values: ResizeValues) => void;
  readonly onRun: (choice: ResizeChoice) => void;
  /** Where something cannot be resized in place: makes a new image instead. */
  readonly onNew: () => void;
  readonly onClose: () => void;
}

export function ResizeForm({ title, facts, banner, values, onChange, onRun, onNew, onClose }: ResizeFormProps): ReactElement {
  const present = BigInt(facts.sizeBytes);
  const state = useStoreState(actionExcuse);
  const { size, place, reserve } = values;
  const change = (part: Partial<ResizeValues>): void => onChange({ ...values, ...part });
  const wanted = bytesOf(size);
  const plan = useMemo(() => planFor(facts, wanted ?? present, place), [facts, wanted, present, place]);
  const shown = BigInt(plan.sizeBytes);
  const refused = plan.refusal === null ? undefined : refusalText(plan.refusal, plan.before);
  const isImpossible = plan.choices.length === 0;
  const shrinks = plan.direction === 'shrink';
  const fixed = useMemo(() => rebuildPlace(facts), [facts]);
  const anew = <Button onPress={onNew}>{resizeWords.newImage}</Button>;
  const excuse = excuseText(state) ?? (wanted === null ? resizeWords.sameSize : refused);
  const run = (): void => onRun({ sizeBytes: toDecimalText(shown), place: plan.place, reserve, steps: plan.steps.map(({ step }) => step) });
  return (
    <DialogWindow
      title={title}
      size="wide"
      onClose={onClose}
      confirm={{ label: shrinks ? resizeWords.shrink : resizeWords.confirm, run, excuse, tone: shrinks ? 'destructive' : 'accent' }}
    >
      {banner}
      {isImpossible && refused !== undefined ? <Banner tone="warn" title={refused} actions={fixed === null ? undefined : anew} /> : null}
      {isImpossible || fixed === null ? null : (
        <Banner tone="info" title={resizeWords.fixed(placeName(plan.before, fixed))} actions={anew} />
      )}
      <ResizePictures plan={plan} />
      {isImpossible ? null : (
        <>
          <ResizeSlider
            smallestBytes={BigInt(plan.smallestBytes)}
            presentBytes={present}
            largestBytes={BigInt(plan.largestBytes)}
            valueBytes={shown}
            onChange={(bytes) => change({ size: toSizeText(bytes) })}
          />
          <SizeField
            label={resizeWords.newSize}
            value={size}
            onChange={(typed) => change({ size: typed })}
            error={refused}
            autoFocus
            hint={differenceText(shown - present)}
          />
          <PlaceChoices plan={plan} onChange={(chosen) => change({ place: chosen })} />
          {plan.direction === 'grow' && plan.fileBytes !== facts.fileBytes ? (
            <SwitchRow
              label={resizeWords.reserve}
              hint={resizeWords.reserveHint}
              isSelected={reserve}
              onChange={(on) => change({ reserve: on })}
            />
          ) : null}
          <PlanText plan={plan} refused={refused} />
        </>
      )}
    </DialogWindow>
  );
}

/** The choice of a place holds as long as it can be made with the size. */
function planFor(facts: ResizeFacts, wanted: bigint, place: ResizePlace | null): ResizePlan {
  const wish = { kind: 'to', sizeBytes: String(wanted) } as const;
  const plan = planResize(facts, { wish, place });
  if (place === null || plan.choices.some((choice) => choice.place === place && choice.refusal === null)) return plan;
  return planResize(facts, { wish, place: null });
}

function differenceText(difference: bigint): string {
  if (difference === 0n) return resizeWords.sameSize;
  return difference > 0n ? resizeWords.more(formatSize(difference)) : resizeWords.less(formatSize(-difference));
}

function PlanText({ plan, refused }: { readonly plan: ResizePlan; readonly refused: string | undefined }): ReactElement | null {
  if (plan.steps.length === 0) return refused === undefined ? null : <p className={css.note}>{refused}</p>;
  const warnings = warningTexts(plan);
  const isRisky = plan.direction === 'shrink';
  const staysMounted = plan.direction === 'grow' && !plan.steps.some(({ step }) => step === 'detach' || step === 'unmount');
  return (
    <>
      {warnings.map((text) => (
        <Banner key={text} tone={isRisky ? 'warn' : 'info'}>
          {text}
        </Banner>
      ))}
      <div className={css.steps}>
        <h3>{resizeWords.willDo}</h3>
        <ol>
          {plan.steps.map((step, index) => (
            // The same step can come twice, such as attaching before and after.
            <li key={`${step.step}-${index}`}>{stepText(step)}</li>
          ))}
        </ol>
        {staysMounted ? <p className={css.note}>{resizeWords.noDataMoves}</p> : null}
      </div>
    </>
  );
}
