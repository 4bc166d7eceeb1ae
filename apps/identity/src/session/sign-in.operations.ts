import {
  confirmSignInCode,
  confirmSignInLink,
  type Input,
  requestSignInCode,
  requestSignInLink,
  signIn,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { AccountMail } from '../one-time/account-mail.js';
import { SignIn } from './sign-in.js';

@Controller()
export class SignInOperations {
  constructor(
    private readonly signIns: SignIn,
    private readonly mail: AccountMail,
  ) {}

  @Handles(signIn)
  signIn(input: Input<typeof signIn>, call: Call) {
    return this.signIns.withPassword(input, call);
  }

  @Handles(requestSignInCode)
  requestCode({ email }: Input<typeof requestSignInCode>, call: Call) {
    return this.signIns.requestCode(email, call);
  }

  @Handles(confirmSignInCode)
  confirmCode(input: Input<typeof confirmSignInCode>, call: Call) {
    return this.signIns.withCode(input, call);
  }

  @Handles(requestSignInLink)
  async requestLink({ email }: Input<typeof requestSignInLink>, call: Call) {
    await this.mail.request(email, 'sign-in-link', call);
    return { status: 'accepted' as const };
  }

  @Handles(confirmSignInLink)
  confirmLink(input: Input<typeof confirmSignInLink>, call: Call) {
    return this.signIns.withLink(input, call);
  }
}
