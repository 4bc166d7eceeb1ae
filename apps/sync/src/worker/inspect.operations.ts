import { grantInspection, type Input, inspectConnection, syncProblems } from '@millrace/contracts';
import { ConnectorError } from '@millrace/connector-sdk';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { SystemSessions } from './system-sessions.js';

/** Below the operation's own deadline, so that the caller hears why. */
const INSPECTION_TIMEOUT_MS = 15_000;

@Controller()
export class InspectOperations {
  constructor(private readonly sessions: SystemSessions) {}

  @Handles(inspectConnection)
  async inspect({ ticket, want, streams }: Input<typeof inspectConnection>, call: Call) {
    const signal = AbortSignal.timeout(INSPECTION_TIMEOUT_MS);
    const { publicKey: workerKey } = this.sessions.workerKey;
    const { grant } = await call.ask(grantInspection, { ticket, workerKey });
    try {
      const { session } = await this.sessions.open(grant, 'millrace inspect', signal);
      try {
        const { system } = await session.check(signal);
        if (want === 'check') return { serverVersion: system };
        const schema = await session.discover({ ...(streams ? { streams } : {}), signal });
        return { serverVersion: system, schema: JSON.parse(JSON.stringify(schema)) };
      } finally {
        await session.close();
      }
    } catch (error) {
      if (error instanceof ConnectorError) throw new Problem(syncProblems.connectionFailed, { detail: error.message });
      if (error instanceof Problem && error.code.startsWith('egress.')) {
        throw new Problem(syncProblems.connectionFailed, { detail: error.details.detail ?? error.kind.help });
      }
      if (signal.aborted)
        throw new Problem(syncProblems.connectionFailed, { detail: 'The other system did not answer in time.' });
      throw error;
    }
  }
}
