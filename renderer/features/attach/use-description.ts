/** What main says about a file that was chosen; asked as soon as it is chosen. */
import { useEffect, useState } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { ImageDescription, ImageFile } from '../../../electron/ipc/images.ts';
import { settle } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';

export type Looked =
  | { readonly kind: 'looking' }
  | { readonly kind: 'ready'; readonly description: ImageDescription }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

export function useDescription(image: ImageFile): Looked {
  const { api } = usePlatter();
  // Attached or detached elsewhere while the dialog is open: the note about it has to follow.
  const attached = useStoreState((state) => state.app?.devices.length ?? 0);
  const [looked, setLooked] = useState<Looked>({ kind: 'looking' });
  useEffect(() => {
    let current = true;
    void settle(api.imagesDescribe({ image: image.id })).then((reply) => {
      if (!current) return;
      setLooked(reply.ok ? { kind: 'ready', description: reply.value } : { kind: 'failed', error: reply.error });
    });
    return () => {
      current = false;
    };
  }, [api, image, attached]);
  return looked;
}
