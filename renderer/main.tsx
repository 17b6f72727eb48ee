/** The page's entry: finds the way to main, keeps the stores in step, and draws the window. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme/tokens.css';
import './theme/base.css';
import { findApi } from './api/find-api.ts';
import { App } from './features/window/app.tsx';
import { createContentsCache } from './state/contents.ts';
import { createLibrary } from './state/library.ts';
import { createAppStore, followState } from './state/app-store.ts';
import { PlatterContext } from './state/react-context.ts';
import { createUiStore } from './state/ui-store.ts';
import { rememberGoneDevices } from './state/gone-devices.ts';
import { rememberDevices } from './state/remembered-devices.ts';
import { dropStaleToasts } from './state/stale-toasts.ts';

const line = findApi();
const appStore = createAppStore();
const ui = createUiStore();
rememberGoneDevices(appStore, ui);
rememberDevices(appStore, ui);
dropStaleToasts({ api: line.api, appStore, ui });
followState(line, appStore);

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <PlatterContext
      value={{ api: line.api, appStore, ui, contents: createContentsCache(line.api), library: createLibrary(line.api, appStore) }}
    >
      <App />
    </PlatterContext>
  </StrictMode>,
);
