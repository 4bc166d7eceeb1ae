import {
  type Input,
  listSessions,
  resolveSession,
  revokeOtherSessions,
  revokeSession,
  signOut,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { ResolveSession } from './resolve-session.js';
import { SessionDesk } from './session-desk.js';

@Controller()
export class SessionOperations {
  constructor(
    private readonly resolver: ResolveSession,
    private readonly desk: SessionDesk,
  ) {}

  @Handles(resolveSession)
  resolve(input: Input<typeof resolveSession>, call: Call) {
    return this.resolver.execute(input, call);
  }

  @Handles(listSessions)
  list(_input: Input<typeof listSessions>, call: Call) {
    return this.desk.list(call);
  }

  @Handles(signOut)
  async signOut(_input: Input<typeof signOut>, call: Call) {
    await this.desk.end(call.user.sessionId, call);
    return {};
  }

  @Handles(revokeSession)
  async revoke({ sessionId }: Input<typeof revokeSession>, call: Call) {
    await this.desk.end(sessionId, call);
    return {};
  }

  @Handles(revokeOtherSessions)
  revokeOthers(_input: Input<typeof revokeOtherSessions>, call: Call) {
    return this.desk.endOthers(call);
  }
}
