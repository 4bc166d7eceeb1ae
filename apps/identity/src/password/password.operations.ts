import {
  changePassword,
  confirmIdentity,
  confirmPassword,
  confirmPasswordReset,
  type Input,
  requestPasswordReset,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { AccountMail } from '../one-time/account-mail.js';
import { PasswordDesk } from './password-desk.js';

@Controller()
export class PasswordOperations {
  constructor(
    private readonly desk: PasswordDesk,
    private readonly mail: AccountMail,
  ) {}

  @Handles(confirmIdentity)
  confirmIdentity(input: Input<typeof confirmIdentity>, call: Call) {
    return this.desk.confirm(input, call);
  }

  @Handles(changePassword)
  change(input: Input<typeof changePassword>, call: Call) {
    return this.desk.change(input, call);
  }

  @Handles(requestPasswordReset)
  async requestReset({ email }: Input<typeof requestPasswordReset>, call: Call) {
    await this.mail.request(email, 'password-reset', call);
    return { status: 'accepted' as const };
  }

  @Handles(confirmPasswordReset)
  reset(input: Input<typeof confirmPasswordReset>, call: Call) {
    return this.desk.reset(input, call);
  }

  @Handles(confirmPassword)
  async confirm(input: Input<typeof confirmPassword>, call: Call) {
    return { confirmed: await this.desk.isProven(input, call) };
  }
}
