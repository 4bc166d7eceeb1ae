import { type Input, readProfile, resolveContacts, resolveSubject, signUp, updateProfile } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { contactsOf, subjectKeysOf } from './account.queries.js';
import { ProfileDesk } from './profile.js';
import { SignUp } from './sign-up.js';

@Controller()
export class AccountOperations {
  constructor(
    private readonly createAccount: SignUp,
    private readonly desk: ProfileDesk,
  ) {}

  @Handles(signUp)
  signUp(input: Input<typeof signUp>, call: Call) {
    return this.createAccount.execute(input, call);
  }

  @Handles(readProfile)
  read(_input: Input<typeof readProfile>, call: Call) {
    return this.desk.read(call);
  }

  @Handles(updateProfile)
  update(input: Input<typeof updateProfile>, call: Call) {
    return this.desk.update(input, call);
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
