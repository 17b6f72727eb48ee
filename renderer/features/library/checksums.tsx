/** Checksums of an image, to be read and copied. */
import type { ReactElement } from 'react';
import type { Checksums as Sums } from '../../../electron/ipc/library.ts';
import { pickClasses } from '../../components/class-names.ts';
import { Properties, Property } from '../../components/properties.tsx';
import { algorithmNames } from '../../text/maintenance-words.ts';
import sheet from './maintenance.module.css';

const css = pickClasses(sheet, ['sum', 'sums']);
const order = ['sha256', 'sha512', 'md5'] as const;

export function Checksums({ sums }: { readonly sums: Sums }): ReactElement {
  return (
    <div className={css.sums}>
      <Properties>
        {order.map((algorithm) => {
          const value = sums[algorithm];
          return value === undefined ? null : (
            <Property key={algorithm} name={algorithmNames[algorithm]} copy={value}>
              <bdi dir="ltr" className={css.sum}>
                {value}
              </bdi>
            </Property>
          );
        })}
      </Properties>
    </div>
  );
}
