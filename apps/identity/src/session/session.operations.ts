import { confirmPassword, type Input, resolveSession, signIn, signOut } from '@millrace/contracts';
import { Secret } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { accounts } from '../account/account.table.js';
import { ResolveSession } from './resolve-session.js';
import { sessions } from './session.table.js';
import { SignIn } from './sign-in.js';
import { VerifyPassword } from './verify-password.js';

@Controller()
export class SessionOperations {
  constructor(
    private readonly startSession: SignIn,
    private readonly resolver: ResolveSession,
    private readonly verifyPassword: VerifyPassword,
  ) {}

  @Handles(signIn)
  signIn(input: Input<typeof signIn>, call: Call) {
    return this.startSession.execute(input, call);
  }

  @Handles(signOut)
  async signOut(_input: Input<typeof signOut>, call: Call) {
    const { sessionId } = call.user;
    await call.act(async (tx, about) => {
      await tx.table(sessions).delete({ id: sessionId });
      about({ target: { kind: 'session', id: sessionId } });
    });
    return {};
  }

  @Handles(resolveSession)
  resolve(input: Input<typeof resolveSession>, call: Call) {
    return this.resolver.execute(input, call);
  }

  @Handles(confirmPassword)
  async confirm({ userId, password }: Input<typeof confirmPassword>, call: Call) {
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ id: userId }), 'region');
    const { ok } = await this.verifyPassword.execute(account, new Secret(password), call, 'region');
    return { confirmed: ok };
  }
}
