/** The file chooser of the browser host: a folder list that main serves (DESIGN.md §1.8). */
import { useCallback, useEffect, useState, type ReactElement } from 'react';
import { GridList, GridListItem, ListLayout, Virtualizer, type Selection } from 'react-aria-components';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { FolderEntry, FolderListing, ImageFile } from '../../../electron/ipc/images.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { FileIcon, FolderIcon, FolderUpIcon } from '../../components/icons.ts';
import { RowGroup, SwitchRow } from '../../components/rows.tsx';
import { settle } from '../../state/actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import type { ChooserRequest } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { folderWords } from '../../text/dialog-words.ts';
import { formatSize, showText } from '../../text/format.ts';
import cardSheet from '../../components/card.module.css';
import itemSheet from '../../components/list-item.module.css';
import sheet from './folder.module.css';

const css = pickClasses(sheet, ['place', 'path', 'list', 'row', 'name', 'empty', 'typed']);
const cardCss = pickClasses(cardSheet, ['card']);
const itemCss = pickClasses(itemSheet, ['item', 'dim']);
const ROW_PX = 40;

export function FolderDialog({ request }: { readonly request: ChooserRequest }): ReactElement {
  const { ui, api } = usePlatter();
  const { listing, failure, go, showHidden, setShowHidden } = useFolder();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [typed, setTyped] = useState('');
  const [pathFailure, setPathFailure] = useState<AppErrorData | null>(null);

  const answer = (images: readonly ImageFile[]): void => {
    ui.setState({ chooser: null });
    request.answer(images);
  };
  const toImage = (entry: FolderEntry): ImageFile => ({ id: entry.id, name: entry.name, folder: listing?.path ?? '' });
  const { folders = false } = request;
  const shown =
    listing === null || !folders ? listing : { ...listing, entries: listing.entries.filter((entry) => entry.kind === 'folder') };
  const chosen = listing?.entries.filter((entry) => selected.has(entry.id)) ?? [];
  const choose = async (): Promise<void> => {
    if (typed.trim() !== '') {
      const reply = await settle(api.imagesPaste({ text: typed }));
      if (reply.ok) answer(reply.value);
      else setPathFailure(reply.error);
      return;
    }
    const [first] = chosen;
    if (folders) answer([first === undefined ? asImage(listing) : toImage(first)].filter((image) => image !== null));
    else if (first?.kind === 'folder') enter(first.id);
    else if (first !== undefined) answer(chosen.filter((entry) => entry.kind === 'file').map(toImage));
  };
  const enter = (id: string | null): void => {
    setSelected(new Set());
    go(id);
  };
  const act = (id: string): void => {
    const entry = listing?.entries.find((one) => one.id === id);
    if (entry?.kind === 'folder') enter(entry.id);
    else if (entry !== undefined) answer([toImage(entry)]);
  };
  const select = (keys: Selection): void =>
    setSelected(new Set(keys === 'all' ? listing?.entries.map((entry) => entry.id) : [...keys].map(String)));
  const nothing = chosen.length === 0 && typed.trim() === '' && !folders;
  return (
    <DialogWindow
      title={folders ? folderWords.titleFolder : request.multiple ? folderWords.titleMany : folderWords.title}
      size="wide"
      onClose={() => answer([])}
      confirm={{ label: folderWords.confirm, run: () => void choose(), ...(nothing ? { excuse: folderWords.title } : {}) }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={actionTitles.listFolder} />}
      <Place listing={listing} onEnter={enter} />
      <FolderList listing={shown} multiple={request.multiple} selected={selected} onSelect={select} onAct={act} />
      {listing?.cut === true ? <Banner tone="info">{folderWords.cut}</Banner> : null}
      <div className={css.typed}>
        <TextField label={folderWords.path} value={typed} onChange={setTyped} />
        {pathFailure === null ? null : <ErrorBanner error={pathFailure} />}
      </div>
      <RowGroup>
        <SwitchRow label={folderWords.hidden} isSelected={showHidden} onChange={setShowHidden} />
      </RowGroup>
    </DialogWindow>
  );
}

/** The folder that is shown, as a choice. */
function asImage(listing: FolderListing | null): ImageFile | null {
  return listing === null ? null : { id: listing.id, name: listing.path, folder: listing.path };
}

interface PlaceProps {
  readonly listing: FolderListing | null;
  readonly onEnter: (id: string | null) => void;
}

function Place({ listing, onEnter }: PlaceProps): ReactElement {
  return (
    <div className={css.place}>
      <Button
        tone="flat"
        label={folderWords.up}
        isDisabled={listing === null || listing.parentId === null}
        onPress={() => onEnter(listing?.parentId ?? null)}
      >
        <FolderUpIcon aria-hidden />
      </Button>
      <ForeignText className={css.path}>{listing?.path ?? folderWords.looking}</ForeignText>
    </div>
  );
}

interface FolderListProps {
  readonly listing: FolderListing | null;
  readonly multiple: boolean;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (keys: Selection) => void;
  readonly onAct: (id: string) => void;
}

function FolderList({ listing, multiple, selected, onSelect, onAct }: FolderListProps): ReactElement {
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: ROW_PX }}>
      <GridList
        aria-label={folderWords.list}
        className={join(cardCss.card, css.list)}
        items={listing?.entries ?? []}
        selectionMode={multiple ? 'multiple' : 'single'}
        selectionBehavior="replace"
        selectedKeys={selected}
        onSelectionChange={onSelect}
        onAction={(key) => onAct(String(key))}
        renderEmptyState={() => <p className={css.empty}>{listing === null ? folderWords.looking : folderWords.empty}</p>}
      >
        {(entry) => (
          <GridListItem id={entry.id} textValue={showText(entry.name)} className={join(itemCss.item, css.row)}>
            {entry.kind === 'folder' ? <FolderIcon aria-hidden /> : <FileIcon aria-hidden />}
            <ForeignText className={css.name}>{entry.name}</ForeignText>
            <bdi dir="ltr" className={itemCss.dim}>
              {entry.sizeBytes === null ? '' : formatSize(BigInt(entry.sizeBytes))}
            </bdi>
          </GridListItem>
        )}
      </GridList>
    </Virtualizer>
  );
}

interface Folder {
  readonly listing: FolderListing | null;
  readonly failure: AppErrorData | null;
  readonly go: (id: string | null) => void;
  readonly showHidden: boolean;
  readonly setShowHidden: (show: boolean) => void;
}

/** The folder that is shown; a folder that cannot be read leaves the one before in place. */
function useFolder(): Folder {
  const { api } = usePlatter();
  const [listing, setListing] = useState<FolderListing | null>(null);
  const [failure, setFailure] = useState<AppErrorData | null>(null);
  const [showHidden, setShowHidden] = useState(false);
  const [folder, setFolder] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    void settle(api.imagesListFolder({ folder, showHidden })).then((reply) => {
      if (!current) return;
      setFailure(reply.ok ? null : reply.error);
      if (reply.ok) setListing({ ...reply.value, entries: sortEntries(reply.value.entries) });
    });
    return () => {
      current = false;
    };
  }, [api, folder, showHidden]);
  const go = useCallback((id: string | null) => setFolder(id), []);
  return { listing, failure, go, showHidden, setShowHidden };
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Folders first, then files, each by name. */
function sortEntries(entries: readonly FolderEntry[]): readonly FolderEntry[] {
  return entries.toSorted((left, right) => {
    if (left.kind !== right.kind) return left.kind === 'folder' ? -1 : 1;
    return collator.compare(left.name, right.name);
  });
}
