/** Who may import whom. Each rule says why; `scripts/lint-probes.mjs` plants a violation of each. */

/** The frameworks whose presence would tie plain code to one way of running it. */
const FRAMEWORKS = '(^|/)node_modules/(@nestjs|typeorm|nats|@nats-io|fastify|@fastify|express)(/|$)';
const TEST_FILES =
  '\\.(spec|integration|contract|fixture|corpus)\\.ts$|/test-programs/|^libs/testing/|^libs/connector-sdk/src/conformance/|^test/';
/** Files of one role end in `.<role>.ts`; the domain and its use cases are the ones without a role. */
const DOMAIN_FILES = '^apps/[^/]+/src/.+/[^/.]+\\.ts$';
const EDGE_FILES = '/(on-[^/]+|main|worker|index)\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'app-imports-no-app',
      comment: 'Apps meet in contracts: importing one another would merge services that must deploy and fail apart.',
      severity: 'error',
      // The command line hosts every service in one process (`millrace up`): it is the one place that knows them all.
      from: { path: '^apps/([^/]+)/', pathNot: ['^apps/cli/', TEST_FILES] },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'library-imports-no-app',
      comment: 'Arrows point down: a library that knows an app cannot serve another one.',
      severity: 'error',
      from: { path: '^libs/', pathNot: TEST_FILES },
      to: { path: '^apps/' },
    },
    {
      name: 'plain-library-without-framework',
      comment: 'Kernel, contracts, charter and ledger run in a browser, a verifier or a script as they are.',
      severity: 'error',
      from: { path: '^libs/(kernel|contracts|charter|ledger)/' },
      to: { path: FRAMEWORKS },
    },
    {
      name: 'domain-without-framework',
      comment:
        'The rules of the business outlive the framework and are tested without it: wiring lives in files with a role.',
      severity: 'error',
      from: { path: DOMAIN_FILES, pathNot: [EDGE_FILES, '^apps/(cli|console)/', TEST_FILES] },
      to: { path: '(^|/)node_modules/(@nestjs|typeorm|nats|@nats-io)(/|$)' },
    },
    {
      name: 'connector-imports-sdk-only',
      comment:
        'The framework owns cursors, retries and privacy; a connector that reaches past the SDK could break each of them.',
      severity: 'error',
      from: { path: '^libs/connectors/([^/]+)/', pathNot: TEST_FILES },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(connectors/$1|connector-sdk)/' },
    },
    {
      name: 'console-imports-contracts-only',
      comment: 'The console runs in a browser and knows the product through its declared operations alone.',
      severity: 'error',
      from: { path: '^apps/console/' },
      to: { path: '^(libs|apps)/', pathNot: '^(apps/console|libs/contracts)/' },
    },
    {
      name: 'database-through-persistence',
      comment:
        'A connection opened elsewhere would run outside the tenant scope. Connectors reach customers’ databases, not ours.',
      severity: 'error',
      from: {
        path: '^(libs|apps)/',
        // embedded asks a server whether it is ready; the command line plays the customer in the demo.
        pathNot: ['^libs/(persistence|connectors/[^/]+|embedded)/', '^apps/cli/', TEST_FILES],
      },
      to: { path: '(^|/)node_modules/(pg|pg-copy-streams)(/|$)' },
    },
    {
      name: 'typeorm-through-persistence',
      comment:
        'Persistence owns the data source and privacy turns table declarations into entities; a service knows neither.',
      severity: 'error',
      from: {
        path: '^(libs|apps)/',
        pathNot: ['^libs/(persistence|privacy|service)/', '^apps/[^/]+/migrations/', TEST_FILES],
      },
      to: { path: '(^|/)node_modules/(typeorm|@nestjs/typeorm)(/|$)' },
    },
    {
      name: 'broker-through-messaging',
      comment:
        'Messaging puts deadlines, tokens, deduplication and traces on every message; a bare client has none of them.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: ['^libs/messaging/', TEST_FILES] },
      to: { path: '(^|/)node_modules/(nats|@nats-io)(/|$)' },
    },
    {
      name: 'servers-started-by-command-line-only',
      comment: 'A service in production must not be able to start a database of its own.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: ['^libs/embedded/', '^apps/cli/', TEST_FILES] },
      to: { path: '^libs/embedded/' },
    },
    {
      name: 'product-without-test-code',
      comment: 'Fakes and builders must never ship.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: TEST_FILES },
      to: {
        path: '^libs/testing/|^libs/connector-sdk/src/conformance/|\\.(spec|integration|fixture|corpus)\\.ts$|/test-programs/',
      },
    },
    {
      name: 'product-without-development-packages',
      comment: 'What ships is installed without development packages and would fail at its first import.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: TEST_FILES },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'declared-packages-only',
      comment: 'A package that nobody declared comes through another one and goes with it.',
      severity: 'error',
      from: { path: '^(libs|apps)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-circle',
      comment: 'Modules in a circle can only be understood, tested and loaded together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere escapes every rule above.',
      severity: 'error',
      from: { path: '^(libs|apps)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Only our own output: packages live in folders of that name too.
    exclude: { path: '^(libs|apps)/.*/dist/' },
    // Types count: a type of another app is knowledge of that app.
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.paths.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
