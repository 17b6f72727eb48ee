/** The list of devices: only the rows that are seen exist (UX.md §1, row 3). */
import { useMemo, useRef, useState, type ReactElement } from 'react';
import { GridList, GridListItem, ListLayout, Virtualizer, type Selection } from 'react-aria-components';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { join, pickClasses } from '../../components/class-names.ts';
import { PlacedMenu } from '../../components/menu.tsx';
import { useRowSize } from '../../components/use-row-size.ts';
import { keyOf, nodePath } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { openDevice } from '../../state/mount-actions.ts';
import { useUi, usePlatter } from '../../state/react-context.ts';
import { deviceMenuWords } from '../../text/device-words.ts';
import { listWords } from '../../text/words.ts';
import { deviceEntries } from '../device-actions/device-entries.ts';
import { DeviceRow, rowText } from './device-row.tsx';
import itemSheet from '../../components/list-item.module.css';
import sheet from './device-list.module.css';

const itemCss = pickClasses(itemSheet, ['item']);
const css = pickClasses(sheet, ['list', 'row', 'stale']);
const ROW_REM = 3.5;
const GAP_PX = 2;

export interface DeviceListProps {
  readonly devices: readonly LoopDevice[];
  /** The list is how things stood last, not how they stand. */
  readonly stale: boolean;
  readonly narrow: boolean;
}

export function DeviceList({ devices, stale, narrow }: DeviceListProps): ReactElement {
  const { ui } = usePlatter();
  const selection = useUi((state) => state.selection);
  const rowSize = useRowSize(ROW_REM);
  const [menuKey, setMenuKey] = useState<string | null>(null);
  const listRef = useRef<HTMLDivElement>(null);
  const layoutOptions = useMemo(() => ({ rowSize, gap: GAP_PX, padding: GAP_PX }), [rowSize]);

  const select = (keys: Selection): void => {
    // The set of React Aria is kept as it is: it remembers where a range began.
    ui.setState({ selection: keys === 'all' ? new Set(devices.map(keyOf)) : (keys as ReadonlySet<string>) });
  };
  const { openDetails, open } = useOpening(devices, narrow);
  const openMenu = (key: string): void => {
    if (!ui.getState().selection.has(key)) ui.setState({ selection: new Set([key]) });
    setMenuKey(key);
  };
  return (
    <>
      <Virtualizer layout={ListLayout} layoutOptions={layoutOptions}>
        <GridList
          ref={listRef}
          aria-label={listWords.devices}
          className={join(css.list, stale && css.stale)}
          items={devices}
          selectionMode="multiple"
          selectionBehavior="replace"
          selectedKeys={selection}
          onSelectionChange={select}
          onAction={(key) => open(String(key))}
          dependencies={[narrow]}
          data-pane-start
        >
          {(device) => (
            <GridListItem
              id={keyOf(device)}
              textValue={rowText(device)}
              className={join(itemCss.item, css.row)}
              data-device={device.number}
              onContextMenu={(event) => {
                event.preventDefault();
                openMenu(keyOf(device));
              }}
              {...(narrow
                ? {
                    onPress: (event) => event.pointerType !== 'keyboard' && !event.ctrlKey && !event.shiftKey && openDetails(keyOf(device)),
                  }
                : {})}
            >
              <DeviceRow device={device} />
            </GridListItem>
          )}
        </GridList>
      </Virtualizer>
      <RowMenu menuKey={menuKey} devices={devices} onClose={() => setMenuKey(null)} />
    </>
  );
}

/** What opening a row does: Enter and double click show its files if there are any, else the details. */
function useOpening(devices: readonly LoopDevice[], narrow: boolean) {
  const context = usePlatter();
  const openDetails = (key: string): void => {
    context.ui.setState({ selection: new Set([key]), pane: 'details' });
    // The details of another device have to be drawn first.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-pane="details"] [data-pane-start]')?.focus());
  };
  const open = (key: string): void => {
    const device = devices.find((one) => keyOf(one) === key);
    const possible = !narrow && device !== undefined && actionExcuse(context.appStore.getState()) === null;
    if (!possible || !openDevice(context, device)) openDetails(key);
  };
  return { openDetails, open };
}

interface RowMenuProps {
  readonly menuKey: string | null;
  readonly devices: readonly LoopDevice[];
  readonly onClose: () => void;
}

/** The menu of a row, opened by the right button, the Menu key, Shift+F10 or F9. */
function RowMenu({ menuKey, devices, onClose }: RowMenuProps): ReactElement | null {
  const context = usePlatter();
  const anchor = useRef<Element>(null);
  const device = devices.find((one) => keyOf(one) === menuKey);
  if (device === undefined) return null;
  anchor.current = document.querySelector(`[data-device="${device.number}"]`);
  return (
    <PlacedMenu
      anchor={anchor}
      isOpen
      onClose={onClose}
      groups={deviceEntries(context, device)}
      label={deviceMenuWords.menuOf(nodePath(device))}
    />
  );
}
