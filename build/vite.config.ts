/**
 * One Vite configuration for every program of the project (`vite build --app`):
 * the page, Electron's main process, its preload script, the browser host, and the root helper.
 */
import { builtinModules } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import { defineConfig, type EnvironmentOptions } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };

/** Native or provided by the runtime; everything else is bundled. */
const external = ['electron', 'koffi', ...builtinModules, ...builtinModules.map((name) => `node:${name}`)];

/** A program for Node: one entry file, one output file, readable (root runs it: minified code cannot be audited). */
function nodeProgram(input: string, outDir: string, file: string, format: 'es' | 'cjs' = 'es'): EnvironmentOptions {
  return {
    consumer: 'server',
    resolve: { noExternal: true, external },
    build: {
      outDir: `${root}/dist/${outDir}`,
      emptyOutDir: false,
      ssr: true,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: `${root}/${input}`,
        external,
        output: { format, entryFileNames: file, codeSplitting: false },
      },
    },
  };
}

export default defineConfig({
  root: `${root}/renderer`,
  base: './',
  define: { __PLATTER_VERSION__: JSON.stringify(version) },
  plugins: [react(), { ...optimizeLocales.vite({ locales: ['en-US', 'de-DE', 'fr-FR', 'ar-AE'] }), enforce: 'pre' }],
  builder: {},
  environments: {
    client: {
      build: {
        outDir: `${root}/dist/renderer`,
        emptyOutDir: true,
        target: 'chrome130',
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
      },
    },
    main: nodeProgram('electron/main.ts', 'main', 'main.js'),
    preload: nodeProgram('electron/preload.ts', 'main', 'preload.cjs', 'cjs'),
    server: nodeProgram('electron/hosts/browser-main.ts', 'server', 'server.js'),
    helper: nodeProgram('native-helper/main.ts', 'helper', 'helper.js'),
  },
});
