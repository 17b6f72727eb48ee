/** What main says about the place of a new file: free space, missing tools, a free name, and whether a typed name is taken. */
import { useEffect, useState } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { CreationFacts, FolderPlace, NameFinding } from '../../../electron/ipc/new-image.ts';
import { settle } from '../../state/actions.ts';
import { usePlatter } from '../../state/react-context.ts';

export interface Creation {
  /** Null until main has answered for the first time. */
  readonly facts: CreationFacts | null;
  readonly failure: AppErrorData | null;
}

/** `folder` null: the one used last. `wanted`: what the free name is made of. */
export function useCreationFacts(folder: FolderPlace | null, wanted: string): Creation {
  const { api } = usePlatter();
  const [creation, setCreation] = useState<Creation>({ facts: null, failure: null });
  const id = folder?.id ?? null;
  useEffect(() => {
    let current = true;
    void settle(api.imagesCreationFacts({ folder: id, wanted })).then((reply) => {
      if (!current) return;
      setCreation((before) => (reply.ok ? { facts: reply.value, failure: null } : { facts: before.facts, failure: reply.error }));
    });
    return () => {
      current = false;
    };
  }, [api, id, wanted]);
  return creation;
}

/** Typing is not answered letter by letter. */
const ASKED_AFTER_MS = 150;

/** Null while it is not known. */
export function useNameFinding(folder: string | null, name: string): NameFinding | null {
  const { api } = usePlatter();
  const [found, setFound] = useState<{ readonly name: string; readonly folder: string; readonly finding: NameFinding } | null>(null);
  useEffect(() => {
    if (folder === null || name === '') return undefined;
    let current = true;
    const timer = setTimeout(() => {
      void settle(api.imagesCheckName({ folder, name })).then((reply) => {
        if (current && reply.ok) setFound({ folder, name, finding: reply.value });
      });
    }, ASKED_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [api, folder, name]);
  return found !== null && found.name === name && found.folder === folder ? found.finding : null;
}
