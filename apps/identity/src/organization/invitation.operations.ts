import {
  acceptInvitation,
  type Input,
  inviteMember,
  listInvitations,
  revokeInvitation,
  signUpInvited,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { InvitationDesk } from './invitation-desk.js';

@Controller()
export class InvitationOperations {
  constructor(private readonly desk: InvitationDesk) {}

  @Handles(inviteMember)
  invite(input: Input<typeof inviteMember>, call: Call) {
    return this.desk.invite(input, call);
  }

  @Handles(listInvitations)
  async list(_input: Input<typeof listInvitations>, call: Call) {
    return { invitations: await this.desk.list(call) };
  }

  @Handles(revokeInvitation)
  async revoke({ invitationId }: Input<typeof revokeInvitation>, call: Call) {
    await this.desk.revoke(invitationId, call);
    return {};
  }

  @Handles(acceptInvitation)
  accept(input: Input<typeof acceptInvitation>, call: Call) {
    return this.desk.accept(input, call);
  }

  @Handles(signUpInvited)
  signUp(input: Input<typeof signUpInvited>, call: Call) {
    return this.desk.signUp(input, call);
  }
}
