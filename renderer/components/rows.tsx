/** Boxed lists, as in the preferences of a desktop: rows of a label, a hint and one control. */
import type { ReactElement, ReactNode } from 'react';
import { Button as AriaButton, Label, ListBox, Popover, Select, SelectValue, Switch } from 'react-aria-components';
import { join, pickClasses } from './class-names.ts';
import { ChevronDownIcon } from './icons.ts';
import { OptionItem } from './menu.tsx';
import cardSheet from './card.module.css';
import menuSheet from './menu.module.css';
import sheet from './rows.module.css';
import selectSheet from './select-button.module.css';

const css = pickClasses(sheet, ['card', 'row', 'words', 'label', 'hint', 'group', 'groupTitle', 'switch', 'track']);
const cardCss = pickClasses(cardSheet, ['card']);
const menuCss = pickClasses(menuSheet, ['popover', 'menu']);
const selectCss = pickClasses(selectSheet, ['select']);

export interface RowGroupProps {
  readonly title?: string;
  readonly children: ReactNode;
}

export function RowGroup({ title, children }: RowGroupProps): ReactElement {
  return (
    <div className={css.group}>
      {title === undefined ? null : <h3 className={css.groupTitle}>{title}</h3>}
      <div className={join(cardCss.card, css.card)}>{children}</div>
    </div>
  );
}

export interface RowProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly children?: ReactNode;
}

export function Row({ label, hint, children }: RowProps): ReactElement {
  return (
    <div className={css.row}>
      <div className={css.words}>
        <span className={css.label}>{label}</span>
        {hint === undefined ? null : <span className={css.hint}>{hint}</span>}
      </div>
      {children}
    </div>
  );
}

export interface SwitchRowProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly isSelected: boolean;
  readonly onChange: (selected: boolean) => void;
  /** Takes the place of the hint when the switch cannot be used. */
  readonly excuse?: string | undefined;
}

export function SwitchRow({ label, hint, isSelected, onChange, excuse }: SwitchRowProps): ReactElement {
  const under = excuse ?? hint;
  return (
    <Switch className={join(css.row, css.switch)} isSelected={isSelected} onChange={onChange} isDisabled={excuse !== undefined}>
      <span className={css.words}>
        <span className={css.label}>{label}</span>
        {under === undefined ? null : <span className={css.hint}>{under}</span>}
      </span>
      <span className={css.track} />
    </Switch>
  );
}

export interface SelectRowProps<T extends string> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: T;
  readonly options: readonly { readonly id: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
  readonly excuse?: string | undefined;
}

export function SelectRow<T extends string>({ label, hint, value, options, onChange, excuse }: SelectRowProps<T>): ReactElement {
  const under = excuse ?? hint;
  const choose = (key: unknown): void => {
    const chosen = options.find((option) => option.id === key);
    if (chosen !== undefined) onChange(chosen.id);
  };
  return (
    <Select className={css.row} value={value} onChange={choose} isDisabled={excuse !== undefined}>
      <div className={css.words}>
        <Label className={css.label}>{label}</Label>
        {under === undefined ? null : <span className={css.hint}>{under}</span>}
      </div>
      <AriaButton className={selectCss.select}>
        <SelectValue />
        <ChevronDownIcon aria-hidden />
      </AriaButton>
      <Popover className={menuCss.popover} offset={4}>
        <ListBox className={menuCss.menu} items={options}>
          {(option) => (
            <OptionItem id={option.id} textValue={option.label}>
              {option.label}
            </OptionItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
