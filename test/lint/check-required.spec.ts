import { describe, expect, it } from '@jest/globals';
// @ts-expect-error -- a plain script, run by Node before anything is compiled
import { findUnused } from '../../scripts/check-required.mjs';

const product = [
  `import { NestFactory } from '@nestjs/core';`,
  `import { Transport } from '@nestjs/microservices';`,
  `import { TypeOrmModule } from '@nestjs/typeorm';`,
  `import { connect, type NatsConnection } from 'nats';`,
  `import {\n  DataSource,\n} from 'typeorm';`,
  `import pg from 'pg';`,
  `const { NodeSDK } = await import('@opentelemetry/sdk-node');`,
  `import helmet from 'helmet';`,
].join('\n');
const tests = `import { it } from '@jest/globals';\nimport request from 'supertest';`;

describe('the check of required packages', () => {
  it('is content when each carries something', () => {
    expect(findUnused({ 'apps/a/src/a.ts': product, 'apps/a/src/a.spec.ts': tests })).toEqual([]);
  });

  it('does not count types, comments or tests as use in the product', () => {
    const only = product
      .replace(`import helmet from 'helmet';`, `// import helmet from 'helmet';`)
      .replace('import { connect, type NatsConnection }', 'import { type NatsConnection }')
      .replace('import pg from', 'import type pg from');
    const files = {
      'apps/a/src/a.ts': only,
      'libs/testing/src/b.ts': product,
      'apps/a/src/a.spec.ts': `${product}\n${tests}`,
    };
    expect(findUnused(files)).toEqual([
      'nats is not used by product code',
      'pg is not used by product code',
      'helmet is not used by product code',
    ]);
  });

  it('wants tests to use the tools of tests', () => {
    expect(findUnused({ 'apps/a/src/a.ts': `${product}\n${tests}` })).toEqual([
      'jest is not used by tests',
      'supertest is not used by tests',
    ]);
  });
});
