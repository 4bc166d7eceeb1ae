/**
 * Lets Node run the repository's TypeScript sources without a build: `@millrace/x` leads to the package's sources,
 * `./name.js` to `./name.ts` beside it, and swc compiles each file as the tests do. Node's own type stripping
 * would not do: it knows neither parameter properties nor decorators, nor does it look for .ts behind .js.
 *
 * Use: `node --import ./scripts/typescript-hooks.mjs file.ts`, or `registerTypescript()` before a dynamic import.
 */
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const compilerOptions = {
  module: { type: 'es6' },
  sourceMaps: 'inline',
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
};

/** The sources of workspace package `@millrace/<name>`, or undefined when the repository has none of that name. */
function packageSources(name) {
  const folders = [`libs/${name}`, `apps/${name}`];
  if (name.startsWith('connector-')) folders.push(`libs/connectors/${name.slice('connector-'.length)}`);
  return folders.map((folder) => path.join(root, folder, 'src/index.ts')).find((file) => existsSync(file));
}

function sourceOf(specifier, parentUrl) {
  const own = /^@millrace\/([^/]+)$/.exec(specifier);
  if (own) return packageSources(own[1]);
  if (!/^\.{1,2}\/.*\.js$/.test(specifier) || !parentUrl?.endsWith('.ts')) return undefined;
  const file = path.resolve(path.dirname(fileURLToPath(parentUrl)), specifier.replace(/\.js$/, '.ts'));
  return existsSync(file) ? file : undefined;
}

/** Installs the hooks and returns what removes them again. */
export function registerTypescript() {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const file = sourceOf(specifier, context.parentURL);
      return file ? { url: pathToFileURL(file).href, format: 'module', shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
      const filename = fileURLToPath(url);
      const { code } = transformSync(readFileSync(filename, 'utf8'), { ...compilerOptions, filename });
      return { format: 'module', source: code, shortCircuit: true };
    },
  });
  return () => hooks.deregister();
}

if (process.execArgv.some((argument) => argument.includes('typescript-hooks'))) registerTypescript();
