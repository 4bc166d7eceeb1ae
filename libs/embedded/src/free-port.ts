import { createServer } from 'node:net';

/** All servers of the embedded stack listen here and nowhere else. */
export const LOOPBACK = '127.0.0.1';

/**
 * A TCP port of the loopback interface that nothing listens on: `preferred` when it is free, otherwise one that
 * the system picks. Another program may take it before the caller does, so callers retry a failed start.
 */
export async function freePort(preferred?: number): Promise<number> {
  const wished = preferred === undefined ? undefined : await tryPort(preferred);
  return wished ?? (await anyPort());
}

async function anyPort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new Error('The system has no free TCP port on the loopback interface.');
  return port;
}

/** The port that could be bound, or undefined when it is taken or not ours to bind. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = probe.address();
      const bound = address && typeof address === 'object' ? address.port : undefined;
      probe.close(() => resolve(bound));
    });
  });
}
