/**
 * Checks that each package the product was asked to use carries real traffic or real tests: it is imported, as a
 * value and not as a type alone, by product code, or by tests where it is a tool of tests.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './runtime.mjs';

const PRODUCT = [
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/typeorm',
  'nats',
  'typeorm',
  'pg',
  '@opentelemetry/sdk-node',
  'helmet',
];
/** Tools of tests, with the name under which test files import them. */
const TESTS = { jest: '@jest/globals', supertest: 'supertest' };
const IS_TEST = /\.(spec|integration|contract|fixture|corpus)\.ts$|^libs\/testing\/|^test\/|\/test-programs\//;

/** The packages that `files` (path to text) do not use, each with where it should be. */
export function findUnused(files) {
  const all = Object.entries(files);
  const product = importedBy(all.filter(([file]) => !IS_TEST.test(file)));
  const tests = importedBy(all.filter(([file]) => IS_TEST.test(file)));
  return [
    ...PRODUCT.filter((name) => !product.has(name)).map((name) => `${name} is not used by product code`),
    ...Object.keys(TESTS)
      .filter((name) => !tests.has(TESTS[name]))
      .map((name) => `${name} is not used by tests`),
  ];
}

function importedBy(files) {
  return new Set(files.flatMap(([, text]) => valueImports(text).map(packageName)));
}

/** The modules that `text` imports for more than their types. */
function valueImports(text) {
  const statements = text.matchAll(/^import\s+(type\s+)?([^'"]*?)\s*(?:from\s+)?['"]([^'"]+)['"]/gm);
  const dynamic = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  const values = [...statements].filter(([, type, names]) => !type && !isTypesOnly(names));
  return [...values.map((match) => match[3]), ...[...dynamic].map((match) => match[1])];
}

function isTypesOnly(names) {
  const inBraces = /^\{(.*)\}$/s.exec(names.trim());
  if (!inBraces) return false;
  const members = inBraces[1]
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return members.length > 0 && members.every((name) => name.startsWith('type '));
}

function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function readSources() {
  const names = globSync('{libs,apps,test}/**/*.ts', { cwd: root, exclude: (name) => /node_modules|dist/.test(name) });
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(root, name), 'utf8')]));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const unused = findUnused(readSources());
  for (const sentence of unused) console.log(sentence);
  process.exitCode = unused.length === 0 ? 0 : 1;
}
