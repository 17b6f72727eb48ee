/** Who uses the device now: mounts, programs, what lies on top. */
import { useRef, type ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import cardSheet from '../../components/card.module.css';
import { join, pickClasses } from '../../components/class-names.ts';
import { useVisible } from '../../components/use-visible.ts';
import { titleOf } from '../../state/device-facts.ts';
import { showText } from '../../text/format.ts';
import { holderWords } from '../../text/holder-words.ts';
import { pageWords } from '../../text/page-words.ts';
import { HolderTree } from '../holders/holder-tree.tsx';
import { useHolders } from './use-holders.ts';
import sheet from './page.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const css = pickClasses(sheet, ['holders']);

export function InUseBy({ device }: { readonly device: LoopDevice }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const { list, error, nameOthers } = useHolders(device, useVisible(box));
  return (
    <div ref={box} className={join(cardCss.card, css.holders)}>
      {list === null ? (
        <p>{error === null ? holderWords.looking : holderWords.failed}</p>
      ) : (
        <HolderTree
          list={list}
          label={pageWords.usersOf(showText(titleOf(device)))}
          namesAction={<Button onPress={nameOthers}>{holderWords.showNames}</Button>}
        />
      )}
    </div>
  );
}
