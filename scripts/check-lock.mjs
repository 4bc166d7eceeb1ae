/**
 * Checks package-lock.json and every package.json: exact versions, no registry addresses, an entry for every optional
 * dependency (npm has written locks that its own `npm ci` refuses), allowed licences for what ships, and a line in
 * docs/dependencies.md for every runtime dependency.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './runtime.mjs';

/** Licences that may ship in an Apache-2.0 product. No copyleft: its terms would reach the whole product. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]);
const EXACT = /^(npm:(@?[\w./-]+)@)?\d+\.\d+\.\d+(-[\w.-]+)?$/;

/** Every fault as a sentence; none means that all is well. */
export function findFaults({ lock, manifests, documented }) {
  return [
    ...manifests.flatMap(inexactVersions),
    ...registryAddresses(lock),
    ...missingOptionalEntries(lock),
    ...forbiddenLicences(lock),
    ...undocumented(manifests, documented),
  ];
}

function inexactVersions({ file, content }) {
  const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'];
  return groups
    .flatMap((group) => Object.entries(content[group] ?? {}))
    .filter(([name, version]) => !name.startsWith('@millrace/') && !EXACT.test(version))
    .map(([name, version]) => `${file}: ${name} must be pinned to one exact version, not "${version}"`);
}

function registryAddresses(lock) {
  return Object.entries(lock.packages)
    .filter(([, { resolved, link }]) => resolved && !link)
    .map(
      ([place]) => `package-lock.json: ${place} names a registry; .npmrc's omit-lockfile-registry-resolved prevents it`,
    );
}

/** Optional packages of other platforms are never installed here, so only the lock can show that they were forgotten. */
function missingOptionalEntries({ packages }) {
  return Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !resolves(packages, place, name))
      .map(
        (name) => `package-lock.json: ${place || 'the root'} needs ${name}, which has no entry; npm ci would refuse`,
      ),
  );
}

/** Looks for `name` as Node would from `place`: in its own node_modules and in every one above. */
function resolves(packages, place, name) {
  if (packages[`${place ? `${place}/` : ''}node_modules/${name}`]) return true;
  if (!place) return false;
  const above = place.lastIndexOf('node_modules/');
  return resolves(packages, above > 0 ? place.slice(0, above - 1) : '', name);
}

function forbiddenLicences({ packages }) {
  return Object.entries(packages)
    .filter(([place, entry]) => place.includes('node_modules/') && !entry.dev && !entry.link && !entry.inBundle)
    .filter(([, { license }]) => !isAllowed(license))
    .map(
      ([place, { license }]) =>
        `${place}: licence ${license ?? 'unknown'} is not on the list of licences that may ship`,
    );
}

/** Of alternatives one allowed licence is enough; of a conjunction all must be allowed. */
function isAllowed(license) {
  if (!license) return false;
  const alternatives = license.replace(/[()]/g, '').split(' OR ');
  return alternatives.some((alternative) => alternative.split(' AND ').every((name) => ALLOWED.has(name.trim())));
}

function undocumented(manifests, documented) {
  const names = manifests.flatMap(({ content }) => [
    ...Object.keys(content.dependencies ?? {}),
    ...Object.keys(content.optionalDependencies ?? {}),
  ]);
  return names
    .filter((name) => !name.startsWith('@millrace/') && !new RegExp(`^\\| \`${name}\` +\\|`, 'm').test(documented))
    .map((name) => `docs/dependencies.md: say what ${name} is for and what was considered instead`);
}

function readManifests() {
  const files = ['package.json', ...globSync('{libs,libs/connectors,apps}/*/package.json', { cwd: root })];
  return files.map((file) => ({ file, content: JSON.parse(readFileSync(path.join(root, file), 'utf8')) }));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const documentation = path.join(root, 'docs/dependencies.md');
  const documented = existsSync(documentation) ? readFileSync(documentation, 'utf8') : '';
  const faults = findFaults({ lock, manifests: readManifests(), documented });
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
