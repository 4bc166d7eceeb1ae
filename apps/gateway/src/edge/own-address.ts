import { type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Runtime } from '@millrace/service';

const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];
const TIMEOUT_MS = 5_000;

const servers = new WeakMap<Runtime, Pick<Server, 'address'>>();

/** Notes which server belongs to a runtime; a process may host several regions' edges in tests. */
export function rememberAddress(runtime: Runtime, server: Pick<Server, 'address'>): void {
  servers.set(runtime, server);
}

export interface OwnAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks this edge over a real connection, as a stranger without cookies would. */
export function askOneself(runtime: Runtime, method: string, path: string): Promise<OwnAnswer> {
  const bound = servers.get(runtime)?.address() as AddressInfo | null | undefined;
  if (!bound) return Promise.reject(new Error('The edge is not listening'));
  const host = WILDCARDS.includes(bound.address) ? 'localhost' : bound.address;
  return new Promise((resolve, reject) => {
    const asked = request({ host, port: bound.port, method, path, agent: false, timeout: TIMEOUT_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
      });
      answer.once('error', reject);
    });
    asked.once('timeout', () => asked.destroy(new Error('The edge did not answer itself in time')));
    asked.once('error', reject);
    asked.end();
  });
}
