/** Tests run straight from the TypeScript sources; nothing has to be built first. */
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@millrace/connector-sdk/conformance$': '<rootDir>/libs/connector-sdk/src/conformance/index.ts',
    '^@millrace/connector-((?!sdk$)[^/]+)$': '<rootDir>/libs/connectors/$1/src/index.ts',
    '^@millrace/(identity|vault|sync|compliance|notifications|gateway|cli)$': '<rootDir>/apps/$1/src/index.ts',
    '^@millrace/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^fast-check$': '<rootDir>/libs/testing/fast-check.mjs',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
      },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
};

export default {
  // Each test file leaves some of its modules behind in its worker. A worker that has gathered this much heap is
  // begun anew before its next file: near Node's own limit (4 GB) collecting garbage would hold up everything else.
  workerIdleMemoryLimit: '1GB',
  // Real servers on a busy machine take their time; a test that waits in vain says for what (see `until`). Jest reads
  // this here alone, not in a project.
  testTimeout: 60_000,
  projects: [
    { ...shared, displayName: 'spec', testMatch: ['<rootDir>/{libs,apps,test}/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/{libs,apps,test}/**/*.integration.ts'],
      // Jest runs these only when one of this project's files is selected, so runs of specs start no server.
      globalSetup: '<rootDir>/libs/testing/global-setup.mjs',
      globalTeardown: '<rootDir>/libs/testing/global-teardown.mjs',
    },
  ],
};
