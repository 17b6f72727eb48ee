/** The two lists of the window: devices and library (UX.md §3.1). */
import type { ReactElement, ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { pickClasses } from '../../components/class-names.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { formatNumber } from '../../text/format.ts';
import { libraryWords } from '../../text/library-words.ts';
import { windowWords } from '../../text/words.ts';
import sheet from './view-tabs.module.css';

const css = pickClasses(sheet, ['tabs', 'list', 'tab', 'count', 'panel']);

export interface ViewTabsProps {
  readonly devices: ReactNode;
  readonly library: ReactNode;
}

export function ViewTabs({ devices, library }: ViewTabsProps): ReactElement {
  const { ui } = usePlatter();
  const view = useUi((state) => state.view);
  const deviceCount = useStoreState((state) => state.app?.devices.length ?? 0);
  const imageCount = useStoreState((state) => state.app?.library.count ?? 0);
  return (
    <Tabs
      className={css.tabs}
      selectedKey={view}
      onSelectionChange={(key) => ui.setState({ view: key === 'library' ? 'library' : 'devices' })}
      keyboardActivation="automatic"
    >
      <TabList className={css.list} aria-label={libraryWords.views}>
        <ViewTab id="devices" label={windowWords.devices} count={deviceCount} />
        <ViewTab id="library" label={libraryWords.tab} count={imageCount} />
      </TabList>
      <TabPanel id="devices" className={css.panel}>
        {devices}
      </TabPanel>
      <TabPanel id="library" className={css.panel}>
        {library}
      </TabPanel>
    </Tabs>
  );
}

function ViewTab({ id, label, count }: { readonly id: string; readonly label: string; readonly count: number }): ReactElement {
  return (
    <Tab id={id} className={css.tab}>
      {label}
      {count === 0 ? null : (
        <bdi dir="ltr" className={css.count}>
          {formatNumber(count)}
        </bdi>
      )}
    </Tab>
  );
}
