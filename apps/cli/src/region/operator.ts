import { connect } from 'node:net';
import type { Operation, Output } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { z } from 'zod';
import { cliProblems } from './problems.js';
import type { RegionDirectory } from './region-directory.js';

const REACH_MS = 2_000;

/** The region's operator: calls what names them over the region's own messages, past the edge. */
export interface Operator {
  call<Op extends Operation>(operation: Op, input: z.input<Op['input']>): Promise<Output<Op>>;
}

/**
 * Works as the operator of the region in `directory`, whose secrets they can read.
 * @throws Problem `cli.not-reachable` when the region's NATS does not listen
 */
export async function asOperator<T>(directory: RegionDirectory, work: (operator: Operator) => Promise<T>): Promise<T> {
  // Loaded here, so that commands which do without it start at once.
  const { joinRegion, loadRegionConfig, SecretsDirectory } = await import('@millrace/service');
  const config = loadRegionConfig(directory.regionFile);
  const server = new URL(config.nats.servers[0]!);
  if (!(await listens(server.hostname, Number(server.port)))) throw new Problem(cliProblems.notReachable);
  const { runtime } = await joinRegion('operator', { config, secrets: new SecretsDirectory(config.secrets) });
  const caller = { kind: 'service', name: 'operator' } as const;
  try {
    return await work({
      call: <Op extends Operation>(operation: Op, input: z.input<Op['input']>) =>
        runtime.client.call(operation, input, caller),
    });
  } finally {
    await runtime.connection.close();
  }
}

/** Whether something accepts connections there. */
export function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(REACH_MS, () => finish(false));
    socket.once('error', () => finish(false)).once('connect', () => finish(true));
  });
}
