import type { Metrics } from '@millrace/observability';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OperationsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Health and metrics for the cluster, on a port of their own: `/healthz` (alive), `/readyz` (can serve), `/metrics` (Prometheus). */
export async function startOperationsServer(options: {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  readonly ready: () => Promise<boolean>;
}): Promise<OperationsServer> {
  const { host, port, metrics, ready } = options;
  const server = createServer(async (request, response) => {
    const send = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    try {
      if (request.url === '/healthz') return send(200, 'application/json', '{"status":"alive"}');
      if (request.url === '/readyz') {
        const isReady = await ready();
        return send(
          isReady ? 200 : 503,
          'application/json',
          JSON.stringify({ status: isReady ? 'ready' : 'not ready' }),
        );
      }
      if (request.url === '/metrics') return send(200, metrics.contentType, await metrics.render());
      return send(404, 'application/json', '{"status":"not found"}');
    } catch {
      return send(500, 'application/json', '{"status":"failed"}');
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
