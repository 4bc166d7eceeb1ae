import type { FieldSchema } from '@millrace/connector-sdk';
import { checkConnection, discoverConnection, grantInspection, type Input, recordEgress } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { egressLog, egressRow } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { LeaseGrants } from '../partition/lease-grants.js';
import { fieldPrivacy } from './field-privacy.js';
import { ConnectionDesk } from './inspect-connection.js';

@Controller()
export class ConnectionOperations {
  constructor(
    private readonly desk: ConnectionDesk,
    private readonly grants: LeaseGrants,
  ) {}

  @Handles(checkConnection)
  async check({ connectionId }: Input<typeof checkConnection>, call: Call) {
    const { orgId } = call.user;
    await this.desk.active(call, orgId, connectionId);
    return { reachable: true, serverVersion: await this.desk.check(call, orgId, connectionId) };
  }

  @Handles(discoverConnection)
  async discover({ connectionId }: Input<typeof discoverConnection>, call: Call) {
    const { orgId } = call.user;
    await this.desk.active(call, orgId, connectionId);
    const { streams } = await this.desk.schema(call, orgId, connectionId);
    return {
      streams: streams.map((stream) => ({
        stream: stream.name,
        key: [...stream.primaryKey],
        ...(stream.estimatedRecords === undefined
          ? {}
          : { estimatedRows: Math.max(0, Math.round(stream.estimatedRecords)) }),
        fields: stream.fields.map(describeField),
      })),
    };
  }

  @Handles(grantInspection)
  async grant({ ticket, workerKey }: Input<typeof grantInspection>) {
    return { grant: await this.grants.forInspection(ticket, workerKey) };
  }

  @Handles(recordEgress)
  async record({ orgId, entry }: Input<typeof recordEgress>, call: Call) {
    await call.tx((tx) => tx.table(egressLog).insert(egressRow(entry)), { orgId });
    return { recorded: true };
  }
}

function describeField({ name, sourceType, nullable, privacy }: FieldSchema) {
  return { name, type: sourceType, nullable, privacy: fieldPrivacy(privacy) };
}
