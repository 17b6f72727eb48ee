/** Menus and their items; an item that cannot be chosen says why under its name. */
import type { ReactElement, ReactNode, RefObject } from 'react';
import { Header, ListBoxItem, Menu, MenuItem, MenuSection, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { Button } from './button.tsx';
import { join, pickClasses } from './class-names.ts';
import { CheckIcon } from './icons.ts';
import sheet from './menu.module.css';

const css = pickClasses(sheet, ['popover', 'menu', 'item', 'danger', 'keys', 'excuse', 'check', 'separator', 'heading']);

export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly run: () => void;
  readonly keys?: string | undefined;
  readonly excuse?: string | undefined;
  readonly danger?: boolean;
}

/** Groups of entries; a line is drawn between groups. */
export type MenuGroups = readonly (readonly MenuEntry[])[];

function entryItem(entry: MenuEntry): ReactElement {
  return (
    <MenuItem
      key={entry.id}
      id={entry.id}
      textValue={entry.label}
      onAction={entry.run}
      isDisabled={entry.excuse !== undefined}
      className={join(css.item, entry.danger === true && entry.excuse === undefined && css.danger)}
    >
      <span>{entry.label}</span>
      {entry.keys === undefined ? null : <kbd className={css.keys}>{entry.keys}</kbd>}
      {entry.excuse === undefined ? null : <span className={css.excuse}>{entry.excuse}</span>}
    </MenuItem>
  );
}

export interface MenuContentProps {
  readonly groups: MenuGroups;
  readonly label: string;
  /** After an entry was chosen; a menu button closes its menu by itself. */
  readonly onClose?: () => void;
  /** For a menu without a menu button, which would move the focus into it by itself. */
  readonly takesFocus?: boolean;
}

export function MenuContent({ groups, label, onClose, takesFocus = false }: MenuContentProps): ReactElement {
  const full = groups.filter((group) => group.length > 0);
  return (
    <Menu
      className={css.menu}
      aria-label={label}
      {...(takesFocus ? { autoFocus: 'first' as const } : {})}
      {...(onClose === undefined ? {} : { onClose })}
    >
      {full.flatMap((group, index) => [
        ...(index === 0 ? [] : [<Separator key={`line-${group[0]?.id ?? index}`} className={css.separator} />]),
        ...group.map(entryItem),
      ])}
    </Menu>
  );
}

export interface MenuButtonProps extends MenuContentProps {
  readonly icon: ReactNode;
  readonly isOpen?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

export function MenuButton({ icon, groups, label, isOpen, onOpenChange }: MenuButtonProps): ReactElement {
  return (
    <MenuTrigger {...(isOpen === undefined ? {} : { isOpen })} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <Button tone="flat" label={label}>
        {icon}
      </Button>
      <Popover className={css.popover} placement="bottom end" offset={4}>
        <MenuContent groups={groups} label={label} />
      </Popover>
    </MenuTrigger>
  );
}

export interface ChoiceMenuProps {
  readonly icon: ReactNode;
  readonly label: string;
  readonly sections: readonly {
    readonly id: string;
    readonly title: string;
    readonly value: string;
    readonly options: readonly { readonly id: string; readonly label: string }[];
    readonly onChange: (id: string) => void;
  }[];
}

/** A menu of single choices, such as filter and order. */
export function ChoiceMenu({ icon, label, sections }: ChoiceMenuProps): ReactElement {
  return (
    <MenuTrigger>
      <Button tone="flat" label={label}>
        {icon}
      </Button>
      <Popover className={css.popover} placement="bottom end" offset={4}>
        <Menu className={css.menu} aria-label={label}>
          {sections.map((section) => (
            <MenuSection
              key={section.id}
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[section.value]}
              onSelectionChange={(keys) => {
                const [chosen] = keys;
                if (chosen !== undefined) section.onChange(String(chosen));
              }}
            >
              <Header className={css.heading}>{section.title}</Header>
              {section.options.map((option) => (
                <MenuItem key={option.id} id={option.id} textValue={option.label} className={css.item}>
                  <span>{option.label}</span>
                  <CheckIcon aria-hidden className={css.check} />
                </MenuItem>
              ))}
            </MenuSection>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

export interface PlacedMenuProps extends MenuContentProps {
  readonly anchor: RefObject<Element | null>;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** A menu at an element, such as the menu of a row. */
export function PlacedMenu({ anchor, isOpen, onClose, groups, label }: PlacedMenuProps): ReactElement {
  return (
    <Popover
      className={css.popover}
      aria-label={label}
      triggerRef={anchor}
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      placement="bottom start"
    >
      <MenuContent groups={groups} label={label} onClose={onClose} takesFocus />
    </Popover>
  );
}

export interface OptionItemProps {
  readonly id: string;
  readonly textValue: string;
  readonly children: ReactNode;
  /** Why it cannot be chosen; the select itself disables it. */
  readonly excuse?: string | undefined;
}

/** One option of a select. */
export function OptionItem({ id, textValue, children, excuse }: OptionItemProps): ReactElement {
  return (
    <ListBoxItem id={id} textValue={textValue} className={css.item}>
      <span>{children}</span>
      <CheckIcon aria-hidden className={css.check} />
      {excuse === undefined ? null : <span className={css.excuse}>{excuse}</span>}
    </ListBoxItem>
  );
}
