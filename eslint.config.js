import eslint from '@eslint/js';
import globals from 'globals';
import typescript from 'typescript-eslint';
import { millrace } from './scripts/eslint-rules.mjs';

const TESTS = [
  '**/*.spec.ts',
  '**/*.integration.ts',
  '**/*.contract.ts',
  '**/*.fixture.ts',
  '**/*.corpus.ts',
  '**/test-programs/**',
  'test/**',
  'libs/testing/**',
];

/** `now` comes from the injected Clock: retention, statutory clocks and tests depend on one movable source. */
const systemTime = [
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: 'Inject a Clock (@millrace/kernel): only the kernel reads the system time.',
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Inject a Clock (@millrace/kernel): only the kernel reads the system time.',
  },
];

/** More than five collaborators mean that a class does several jobs. */
const manyCollaborators = {
  selector: 'MethodDefinition[kind="constructor"] > FunctionExpression[params.length>5]',
  message: 'More than five constructor parameters: split the class.',
};

/** A test that does not run proves nothing, and one that runs alone hides the others. */
const idleTests = [
  {
    selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo|failing)$/]',
    message: 'No skipped, lone or pending tests.',
  },
  {
    selector: 'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]',
    message: 'No skipped or lone tests.',
  },
];

/** A repository from the pool runs outside the tenant scope: row-level security would silently show it no rows. */
const poolAccess = [
  {
    name: '@nestjs/typeorm',
    importNames: ['InjectRepository', 'InjectDataSource', 'InjectEntityManager'],
    message: 'Use the transaction of the tenant scope, call.tx(...): a repository from the pool sees no rows.',
  },
  {
    name: 'typeorm',
    importNames: ['DataSource'],
    message: 'Only libs/persistence sees the data source; use the transaction of the tenant scope, call.tx(...).',
  },
];

/** Libraries receive configuration; only the edge of a program reads its surroundings. */
const environmentImport = {
  name: 'node:process',
  importNames: ['env', 'default'],
  message: 'Only apps/*/src/*.config.ts and the command line read the environment.',
};

export default typescript.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', '.cache/', '.millrace/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    plugins: { millrace },
    rules: {
      'millrace/suppression-has-reason': 'error',
      'millrace/todo-names-issue': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70 }],
      'no-restricted-syntax': ['error', manyCollaborators],
      // Escape sequences of terminals and the control characters of wire formats are matched on purpose.
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.recommended],
    languageOptions: { parserOptions: { project: './test/tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { minimumDescriptionLength: 10 }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Assertions on what indexing gives are how noUncheckedIndexedAccess is answered where the bound is known.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': ['error', manyCollaborators, ...systemTime],
      'no-restricted-imports': ['error', { paths: [...poolAccess, environmentImport] }],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only apps/*/src/*.config.ts and the command line read the environment.',
        },
      ],
    },
  },
  {
    // Programs speak through the logger, which scrubs; the command line speaks to a person.
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    ignores: ['apps/cli/**', ...TESTS],
    rules: { 'no-console': 'error' },
  },
  {
    // The one place that may read the system time, since it wraps it.
    files: ['libs/kernel/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', manyCollaborators] },
  },
  {
    // The one place that opens connections, and so sets the tenant before anything else can run.
    files: ['libs/persistence/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [environmentImport] }] },
  },
  {
    files: ['apps/*/src/**/*.config.ts', 'apps/cli/**/*.ts', 'apps/*/src/main.ts', 'apps/*/src/worker.ts'],
    rules: {
      'no-restricted-properties': 'off',
      'no-restricted-imports': ['error', { paths: poolAccess }],
    },
  },
  {
    // Lists of declarations and of statements, whose length says nothing about their difficulty.
    files: ['libs/contracts/**/*.ts', '**/migrations/**/*.ts'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' },
  },
  {
    files: TESTS,
    rules: {
      'no-restricted-syntax': ['error', manyCollaborators, ...idleTests],
      'no-restricted-imports': 'off',
      'no-restricted-properties': 'off',
      // A suite is one function that holds many.
      'max-lines-per-function': 'off',
    },
  },
);
