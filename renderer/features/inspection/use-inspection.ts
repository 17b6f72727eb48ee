/** What main finds in an image file; asked as soon as somebody wants to know. */
import { useEffect, useState } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { ImageFile } from '../../../electron/ipc/images.ts';
import type { Inspection } from '../../../electron/ipc/inspection.ts';
import { settle } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';

export type Inspected =
  | { readonly kind: 'looking' }
  | { readonly kind: 'ready'; readonly inspection: Inspection }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

export function useInspection(image: Pick<ImageFile, 'id'>): Inspected {
  const { api } = usePlatter();
  // Attached or detached elsewhere meanwhile: what it clashes with, and where it is, may be different.
  const attached = useStoreState((state) => state.app?.devices.length ?? 0);
  const [inspected, setInspected] = useState<Inspected>({ kind: 'looking' });
  const { id } = image;
  useEffect(() => {
    let current = true;
    void settle(api.imagesInspect({ image: id })).then((reply) => {
      if (!current) return;
      setInspected(reply.ok ? { kind: 'ready', inspection: reply.value } : { kind: 'failed', error: reply.error });
    });
    return () => {
      current = false;
    };
  }, [api, id, attached]);
  return inspected;
}
