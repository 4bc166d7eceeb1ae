/**
 * Plants one violation of every import rule and of every lint rule of ours in a throwaway copy of the repository's
 * shape and fails when one is not reported: a rule that no longer bites is worse than none, for people rely on it.
 * Beside the violations stand innocent files, on which nothing may be reported.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ESLint } from 'eslint';
import eslintConfig from '../eslint.config.js';
import { importProbes, innocentFiles, lintProbes, supportFiles } from './lint-violations.mjs';
import { capture, nodeProgram, root } from './runtime.mjs';

const CONFIGURATION = [
  'eslint.config.js',
  '.dependency-cruiser.cjs',
  'package.json',
  'tsconfig.json',
  'tsconfig.paths.json',
  'test/tsconfig.json',
  'scripts/eslint-rules.mjs',
];

function plant(tree) {
  for (const file of CONFIGURATION) {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(tree, file));
  }
  const planted = [...importProbes, ...lintProbes].map(({ file, code }) => [file, code]);
  for (const [file, code] of [...Object.entries(supportFiles), ...Object.entries(innocentFiles), ...planted]) {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    writeFileSync(path.join(tree, file), code);
  }
}

/** What dependency-cruiser reports in the tree, as { rule, file }. */
async function importFindings(tree) {
  const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'apps', 'libs'];
  const { output } = await capture(nodeProgram(), args, { cwd: tree });
  if (!output.includes('{')) throw new Error(`dependency-cruiser said: ${output}`);
  const { violations } = JSON.parse(output.slice(output.indexOf('{'))).summary;
  return violations.map(({ rule, from }) => ({ rule: rule.name, file: from }));
}

/** What ESLint reports in the tree, as { rule, message, file }. */
async function lintFindings(tree) {
  const results = await new ESLint({ cwd: tree }).lintFiles(['libs', 'apps']);
  return results.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message }) => ({
      rule: ruleId ?? (/directive/.test(message) ? 'unused-directive' : 'failure'),
      message,
      file: path.relative(tree, filePath),
    })),
  );
}

function missed(probes, findings) {
  return probes
    .filter(({ rule, file }) => !findings.some((finding) => finding.rule === rule && finding.file === file))
    .map(({ rule, file }) => `${rule} no longer reports ${file}`);
}

function accused(findings) {
  return findings
    .filter(({ file }) => Object.hasOwn(innocentFiles, file))
    .map(({ rule, file, message = '' }) => `${rule} reports ${file}, which breaks no rule ${message}`);
}

/** Rules that nobody planted a violation of. */
function unprobed(findings) {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
  const probed = new Set(importProbes.map(({ rule }) => rule));
  const sentences = new Set(findings.map(({ message }) => message));
  return [
    ...forbidden.map(({ name }) => name).filter((name) => !probed.has(name)),
    ...ownMessages(eslintConfig).filter((message) => ![...sentences].some((sentence) => sentence?.includes(message))),
  ].map((rule) => `no violation is planted for: ${rule}`);
}

/** The messages of our restrictions, wherever they stand in the configuration. */
function ownMessages(value) {
  const messages = new Set();
  for (const { rules = {} } of value) {
    for (const [name, setting] of Object.entries(rules)) {
      if (!name.startsWith('no-restricted-') || !Array.isArray(setting)) continue;
      for (const option of setting.slice(1).flatMap((entry) => entry.paths ?? [entry])) messages.add(option.message);
    }
  }
  return [...messages];
}

// Inside the repository, so that its node_modules are found as they are for the real files.
const tree = path.join(root, '.cache', `lint-probes-${process.pid}`);
try {
  plant(tree);
  const imports = await importFindings(tree);
  const lint = await lintFindings(tree);
  const faults = [
    ...missed(importProbes, imports),
    ...missed(lintProbes, lint),
    ...accused([...imports, ...lint]),
    ...unprobed(lint),
  ];
  for (const fault of faults) console.log(fault);
  console.log(`${importProbes.length + lintProbes.length} planted violations, ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(tree, { recursive: true, force: true });
}
