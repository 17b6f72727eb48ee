/** Who takes or gives the space; what cannot is there all the same, with what is in its way. */
import type { ReactElement } from 'react';
import { Button as AriaButton, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, Text } from 'react-aria-components';
import type { PlaceChoice, ResizePlace, ResizePlan } from '../../../electron/ipc/resize.ts';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { ChevronDownIcon } from '../../components/icons.ts';
import { placeName, refusalText, resizeWords } from '../../text/resize-words.ts';
import fieldSheet from '../../components/field.module.css';
import menuSheet from '../../components/menu.module.css';
import sheet from './resize.module.css';

const css = pickClasses(sheet, ['choices', 'choiceButton', 'choice', 'choiceName', 'choiceReason']);
const fieldCss = pickClasses(fieldSheet, ['label']);
const menuCss = pickClasses(menuSheet, ['popover', 'menu']);

export interface PlaceChoicesProps {
  readonly plan: ResizePlan;
  readonly onChange: (place: ResizePlace) => void;
}

/** Nothing to choose where there is no table. */
export function PlaceChoices({ plan, onChange }: PlaceChoicesProps): ReactElement | null {
  const { choices, place, direction, before } = plan;
  if (choices.length < 2) return null;
  const choose = (key: unknown): void => {
    const found = choices.find((choice) => String(choice.place) === String(key));
    if (found !== undefined) onChange(found.place);
  };
  const disabled = choices.filter(({ refusal }) => refusal !== null).map((choice) => String(choice.place));
  return (
    <Select className={css.choices} value={String(place)} onChange={choose} disabledKeys={disabled}>
      <Label className={fieldCss.label}>{direction === 'shrink' ? resizeWords.spaceFrom : resizeWords.spaceTo}</Label>
      <AriaButton className={css.choiceButton}>
        <SelectValue>
          <ForeignText>{placeName(before, place)}</ForeignText>
        </SelectValue>
        <ChevronDownIcon aria-hidden />
      </AriaButton>
      <Popover className={menuCss.popover} offset={4}>
        <ListBox className={menuCss.menu}>
          {choices.map((choice) => (
            <Choice key={String(choice.place)} choice={choice} plan={plan} />
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

function Choice({ choice: { place, refusal }, plan }: { readonly choice: PlaceChoice; readonly plan: ResizePlan }): ReactElement {
  const name = placeName(plan.before, place);
  return (
    <ListBoxItem id={String(place)} textValue={name} className={css.choice}>
      <Text slot="label" className={css.choiceName}>
        <ForeignText>{name}</ForeignText>
      </Text>
      {refusal === null ? null : (
        <Text slot="description" className={css.choiceReason}>
          <bdi>{refusalText(refusal, plan.before)}</bdi>
        </Text>
      )}
    </ListBoxItem>
  );
}
