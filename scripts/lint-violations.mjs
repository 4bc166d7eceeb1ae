/** The violations that `lint-probes.mjs` plants: `rule` must be reported on `file` when it holds `code`. */

/** What the probes import, so that every import leads somewhere. */
export const supportFiles = {
  'libs/kernel/src/index.ts': `export const one = 1;\n`,
  'libs/contracts/src/index.ts': `export const two = 2;\n`,
  'libs/connector-sdk/src/index.ts': `export const three = 3;\n`,
  'libs/connector-sdk/src/conformance/index.ts': `export const seven = 7;\n`,
  'libs/embedded/src/index.ts': `export const four = 4;\n`,
  'libs/service/src/probe-circle.ts': `import { other } from './probe-circle-other.js';\nexport const probe = () => other;\n`,
  'libs/testing/src/index.ts': `export const five = 5;\n`,
  'apps/vault/src/index.ts': `export const six = 6;\n`,
};

export const importProbes = [
  {
    rule: 'app-imports-no-app',
    file: 'apps/sync/src/probe/meets.module.ts',
    code: `import { six } from '@millrace/vault';\nexport const probe = six;\n`,
  },
  {
    rule: 'library-imports-no-app',
    file: 'libs/service/src/probe-app.ts',
    code: `import { six } from '../../../apps/vault/src/index.js';\nexport const probe = six;\n`,
  },
  {
    rule: 'plain-library-without-framework',
    file: 'libs/ledger/src/probe-framework.ts',
    code: `import { Injectable } from '@nestjs/common';\nexport const probe = Injectable;\n`,
  },
  {
    rule: 'domain-without-framework',
    file: 'apps/vault/src/credential/rotate-credential.ts',
    code: `import { Injectable } from '@nestjs/common';\nexport const probe = Injectable;\n`,
  },
  {
    rule: 'domain-without-framework',
    file: 'apps/vault/src/credential/credential.ts',
    code: `import type { EntityManager } from 'typeorm';\nexport type Probe = EntityManager;\n`,
  },
  {
    rule: 'connector-imports-sdk-only',
    file: 'libs/connectors/postgres/src/probe-kernel.ts',
    code: `import { one } from '@millrace/kernel';\nexport const probe = one;\n`,
  },
  {
    rule: 'console-imports-contracts-only',
    file: 'apps/console/src/probe-kernel.ts',
    code: `import { one } from '@millrace/kernel';\nexport const probe = one;\n`,
  },
  {
    rule: 'database-through-persistence',
    file: 'apps/vault/src/credential/credential.queries.ts',
    code: `import pg from 'pg';\nexport const probe = pg;\n`,
  },
  {
    rule: 'typeorm-through-persistence',
    file: 'apps/vault/src/credential/credential.operations.ts',
    code: `import { EntitySchema } from 'typeorm';\nexport const probe = EntitySchema;\n`,
  },
  {
    rule: 'broker-through-messaging',
    file: 'libs/service/src/probe-broker.ts',
    code: `import { connect } from 'nats';\nexport const probe = connect;\n`,
  },
  {
    rule: 'servers-started-by-command-line-only',
    file: 'apps/vault/src/probe.module.ts',
    code: `import { four } from '@millrace/embedded';\nexport const probe = four;\n`,
  },
  {
    rule: 'product-without-test-code',
    file: 'libs/service/src/probe-testing.ts',
    code: `import { five } from '@millrace/testing';\nexport const probe = five;\n`,
  },
  {
    rule: 'product-without-test-code',
    file: 'libs/connectors/postgres/src/probe-conformance.ts',
    code: `import { seven } from '@millrace/connector-sdk/conformance';\nexport const probe = seven;\n`,
  },
  {
    rule: 'product-without-development-packages',
    file: 'libs/service/src/probe-development.ts',
    code: `import fastCheck from 'fast-check';\nexport const probe = fastCheck;\n`,
  },
  {
    rule: 'declared-packages-only',
    file: 'libs/service/src/probe-undeclared.ts',
    code: `import ajv from 'ajv';\nexport const probe = ajv;\n`,
  },
  {
    rule: 'no-circle',
    file: 'libs/service/src/probe-circle-other.ts',
    code: `import { probe } from './probe-circle.js';\nexport const other = () => probe;\n`,
  },
  {
    rule: 'resolvable',
    file: 'libs/service/src/probe-nowhere.ts',
    code: `import { nothing } from './probe-nowhere-at-all.js';\nexport const probe = nothing;\n`,
  },
];

const lines = (count) =>
  Array.from({ length: count }, (_, index) => `export const line${index} = ${index};`).join('\n');
const statements = (count) => Array.from({ length: count }, () => '  total += 1;').join('\n');
const parameters = (count) => Array.from({ length: count }, (_, index) => `readonly a${index}: number`).join(', ');

export const lintProbes = [
  ['no-restricted-syntax', 'libs/crypto/src/probe-now.ts', `export const probe = Date.now();\n`],
  ['no-restricted-syntax', 'apps/vault/src/credential/probe-date.ts', `export const probe = new Date();\n`],
  [
    'no-restricted-syntax',
    'libs/kernel/src/probe-class.ts',
    `export class Probe {\n  constructor(${parameters(6)}) {}\n}\n`,
  ],
  [
    'no-restricted-syntax',
    'libs/kernel/src/skip.spec.ts',
    `import { it } from '@jest/globals';\nit.skip('x', () => undefined);\n`,
  ],
  [
    'no-restricted-syntax',
    'libs/kernel/src/lone.spec.ts',
    `import { fit } from '@jest/globals';\nfit('x', () => undefined);\n`,
  ],
  [
    'no-restricted-imports',
    'apps/vault/src/credential/probe-repository.operations.ts',
    `import { InjectRepository } from '@nestjs/typeorm';\nexport const probe = InjectRepository;\n`,
  ],
  [
    'no-restricted-imports',
    'libs/service/src/probe-source.ts',
    `import { DataSource } from 'typeorm';\nexport const probe = DataSource;\n`,
  ],
  [
    'no-restricted-imports',
    'libs/service/src/probe-env.ts',
    `import { env } from 'node:process';\nexport const probe = env;\n`,
  ],
  ['no-restricted-properties', 'libs/service/src/probe-environment.ts', `export const probe = process.env['HOME'];\n`],
  ['no-console', 'apps/vault/src/probe-console.ts', `console.log('probe');\n`],
  [
    '@typescript-eslint/no-explicit-any',
    'libs/service/src/probe-any.ts',
    `export const probe = (value: any) => String(value);\n`,
  ],
  [
    '@typescript-eslint/no-floating-promises',
    'libs/service/src/probe-floating.ts',
    `export function probe(): void {\n  Promise.resolve(1);\n}\n`,
  ],
  [
    '@typescript-eslint/no-misused-promises',
    'libs/service/src/probe-misused.ts',
    `export const probe = (check: () => Promise<boolean>) => {\n  if (check()) return 1;\n  return 2;\n};\n`,
  ],
  [
    '@typescript-eslint/await-thenable',
    'libs/service/src/probe-await.ts',
    `export async function probe(): Promise<number> {\n  return await 1;\n}\n`,
  ],
  [
    '@typescript-eslint/consistent-type-imports',
    'libs/service/src/probe-types.ts',
    `import { Stats } from 'node:fs';\nexport type Probe = Stats;\n`,
  ],
  [
    '@typescript-eslint/ban-ts-comment',
    'libs/service/src/probe-comment.ts',
    `// @ts-expect-error\nexport const probe: number = 'text';\n`,
  ],
  ['@typescript-eslint/no-unused-vars', 'libs/service/src/probe-unused.ts', `const unused = 1;\nexport {};\n`],
  ['eqeqeq', 'libs/service/src/probe-equal.ts', `export const probe = (a: string | null) => a == null;\n`],
  ['max-lines', 'libs/service/src/probe-long.ts', `${lines(401)}\n`],
  [
    'max-lines-per-function',
    'libs/service/src/probe-function.ts',
    `export function probe(): number {\n  let total = 0;\n${statements(70)}\n  return total;\n}\n`,
  ],
  [
    'millrace/suppression-has-reason',
    'libs/service/src/probe-reason.ts',
    `// eslint-disable-next-line @typescript-eslint/no-explicit-any\nexport const probe = (value: any) => String(value);\n`,
  ],
  [
    'unused-directive',
    'libs/service/src/probe-directive.ts',
    `// eslint-disable-next-line eqeqeq -- a reason that is long enough\nexport const probe = 1;\n`,
  ],
  ['millrace/todo-names-issue', 'libs/service/src/probe-todo.ts', `// TODO: finish this\nexport const probe = 1;\n`],
].map(([rule, file, code]) => ({ rule, file, code }));

/** Files that come close to a rule and keep it. */
export const innocentFiles = {
  'libs/kernel/src/innocent-clock.ts': `export const now = () => new Date();\nexport const instant = () => Date.now();\n`,
  'libs/crypto/src/innocent-date.ts': `export const parse = (text: string) => new Date(text);\n`,
  'libs/persistence/src/innocent-source.ts': `import { DataSource } from 'typeorm';\nimport pg from 'pg';\nexport const used = [DataSource, pg];\n`,
  'libs/messaging/src/innocent-broker.ts': `import { connect } from 'nats';\nexport const used = connect;\n`,
  'libs/connectors/postgres/src/innocent-sdk.ts': `import { three } from '@millrace/connector-sdk';\nimport pg from 'pg';\nexport const used = [three, pg];\n`,
  'apps/vault/src/innocent.config.ts': `export const home = process.env['HOME'];\n`,
  'apps/vault/src/innocent.module.ts': `import { Module } from '@nestjs/common';\nexport const used = Module;\n`,
  'apps/vault/src/credential/on-innocence-proven.ts': `import { Injectable } from '@nestjs/common';\nexport const used = Injectable;\n`,
  'apps/cli/src/innocent.ts': `import { six } from '@millrace/vault';\nimport { four } from '@millrace/embedded';\nexport const used = [six, four];\n`,
  'apps/console/src/innocent.ts': `import { two } from '@millrace/contracts';\nexport const used = two;\n`,
  'libs/service/src/innocent.spec.ts': `import { five } from '@millrace/testing';\nimport { it } from '@jest/globals';\nit('runs', () => void five);\nexport const started = Date.now();\n`,
  'libs/service/src/innocent-reason.ts': `// eslint-disable-next-line eqeqeq -- null and undefined mean the same here\nexport const used = (a: string | null) => a == null; // TODO(#12)\n`,
};
