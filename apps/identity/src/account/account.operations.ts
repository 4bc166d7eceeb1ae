import {
  confirmEmailChange,
  confirmSignUp,
  type Input,
  readProfile,
  requestEmailChange,
  resolveContacts,
  resolveSubject,
  signUp,
  updateProfile,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { contactsOf, subjectKeysOf } from './account.queries.js';
import { ChangeEmail } from './change-email.js';
import { ProfileDesk } from './profile.js';
import { SignUp } from './sign-up.js';

@Controller()
export class AccountOperations {
  constructor(
    private readonly createAccount: SignUp,
    private readonly changeEmail: ChangeEmail,
    private readonly desk: ProfileDesk,
  ) {}

  @Handles(signUp)
  signUp(input: Input<typeof signUp>, call: Call) {
    return this.createAccount.execute(input, call);
  }

  @Handles(confirmSignUp)
  confirmSignUp(input: Input<typeof confirmSignUp>, call: Call) {
    return this.createAccount.confirm(input, call);
  }

  @Handles(readProfile)
  read(_input: Input<typeof readProfile>, call: Call) {
    return this.desk.read(call);
  }

  @Handles(updateProfile)
  update(input: Input<typeof updateProfile>, call: Call) {
    return this.desk.update(input, call);
  }

  @Handles(requestEmailChange)
  requestEmailChange({ email }: Input<typeof requestEmailChange>, call: Call) {
    return this.changeEmail.request(email, call);
  }

  @Handles(confirmEmailChange)
  confirmEmailChange({ token }: Input<typeof confirmEmailChange>, call: Call) {
    return this.changeEmail.confirm(token, call);
  }

  @Handles(resolveSubject)
  async resolveSubject({ userId }: Input<typeof resolveSubject>, call: Call) {
    return call.tx((tx) => subjectKeysOf(tx, userId), 'region');
  }

  @Handles(resolveContacts)
  async resolveContacts({ orgId, userId }: Input<typeof resolveContacts>, call: Call) {
    return { contacts: await call.tx((tx) => contactsOf(tx, orgId, userId), 'region') };
  }
}
