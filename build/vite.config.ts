/**
 * One Vite configuration for every program of the project (`vite build --app`):
 * the page, Electron's main process, its preload script, the browser host, the root helper, and the image worker.
 */
import { builtinModules } from 'node:module';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import { defineConfig, type EnvironmentOptions, type Plugin } from 'vite';

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

/**
 * The command line is cut at its `import()`, so that each command loads only its own part; and it is CommonJS, whose loader Node has
 * ready when it starts. Both keep the start short.
 */
function commandLine(): EnvironmentOptions {
  const program = nodeProgram('electron/cli/platter.ts', 'cli', 'platter.js', 'cjs');
  const output = { format: 'cjs', entryFileNames: 'platter.js', chunkFileNames: '[name].js' } as const;
  return { ...program, build: { ...program.build, rolldownOptions: { ...program.build?.rolldownOptions, output } } };
}

/** `bin` of package.json needs a file that can be executed, wherever it is run from; and the package's type is not CommonJS. */
const executableCommand: Plugin = {
  name: 'platter-executable-command',
  applyToEnvironment: (environment) => environment.name === 'cli',
  writeBundle: () => {
    writeFileSync(`${root}/dist/cli/package.json`, '{ "type": "commonjs" }\n');
    chmodSync(`${root}/dist/cli/platter.js`, 0o755);
  },
};

/** Writes down which npm packages are in each program: licences and the bill of materials of a package are made from that. */
const packageLists: Plugin = {
  name: 'platter-package-lists',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
    const names = modules.flatMap((id) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/u.exec(id)?.[1] ?? []);
    mkdirSync(`${root}/dist/packages`, { recursive: true });
    writeFileSync(`${root}/dist/packages/${this.environment.name}.json`, JSON.stringify([...new Set(names)].toSorted()));
  },
};

export default defineConfig({
  root: `${root}/renderer`,
  base: './',
  define: { __PLATTER_VERSION__: JSON.stringify(version) },
  plugins: [
    react(),
    { ...optimizeLocales.vite({ locales: ['en-US', 'de-DE', 'fr-FR', 'ar-AE'] }), enforce: 'pre' },
    executableCommand,
    packageLists,
  ],
  builder: {},
  environments: {
    client: {
      build: {
        outDir: `${root}/dist/renderer`,
        emptyOutDir: true,
        target: 'chrome130',
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        // Kilobytes. The page comes from the same machine in one piece; splitting it would only add requests.
        chunkSizeWarningLimit: 2000,
      },
    },
    main: nodeProgram('electron/main.ts', 'main', 'main.js'),
    preload: nodeProgram('electron/preload.ts', 'main', 'preload.cjs', 'cjs'),
    server: nodeProgram('electron/hosts/browser-main.ts', 'server', 'server.js'),
    helper: nodeProgram('native-helper/main.ts', 'helper', 'helper.js'),
    worker: nodeProgram('electron/image-worker/main.ts', 'image-worker', 'worker.js'),
    fileWorker: nodeProgram('electron/file-worker/main.ts', 'image-worker', 'file-worker.js'),
    keepLength: nodeProgram('electron/image-worker/keep-length.ts', 'image-worker', 'keep-length.js'),
    dataStretches: nodeProgram('electron/image-worker/data-stretches.ts', 'image-worker', 'data-stretches.js'),
    cli: commandLine(),
  },
});
