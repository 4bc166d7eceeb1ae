import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { scratchDirectory } from '@millrace/testing';
import { ApiClient } from '../api/api-client.js';
import { Session } from '../api/session.js';
import { downloadBundle } from './download-bundle.js';

const scratch = scratchDirectory();
let server: Server;

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/zip' });
    response.write('PK', () => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  scratch[Symbol.dispose]();
});

it('leaves nothing of a download that breaks off', async () => {
  const { port } = server.address() as AddressInfo;
  const file = path.join(scratch.path, 'half.zip');
  const client = new ApiClient(new Session(`http://127.0.0.1:${port}`));
  await expect(downloadBundle(client, file)).rejects.toMatchObject({ code: 'cli.not-reachable' });
  expect(existsSync(file)).toBe(false);
});
