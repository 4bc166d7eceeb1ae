import { PasswordHasher } from '@millrace/crypto';
import { Runtime, wire } from '@millrace/service';
import { Module } from '@nestjs/common';
import { AccountOperations } from './account/account.operations.js';
import { AddressLookup } from './account/address-lookup.js';
import { ProfileDesk } from './account/profile.js';
import { SignUp } from './account/sign-up.js';
import { ResolveSession } from './session/resolve-session.js';
import { SessionOperations } from './session/session.operations.js';
import { SignIn } from './session/sign-in.js';
import { VerifyPassword } from './session/verify-password.js';

const PEPPER_VERSION = 1;

@Module({
  controllers: [AccountOperations, SessionOperations],
  providers: [
    {
      provide: PasswordHasher,
      inject: [Runtime],
      useFactory: async ({ secrets, charter }: Runtime) =>
        new PasswordHasher({
          peppers: new Map([[PEPPER_VERSION, await secrets.regionKey('pepper')]]),
          cost: charter.document.accounts.password.cost,
        }),
    },
    {
      provide: AddressLookup,
      inject: [Runtime],
      useFactory: async ({ secrets }: Runtime) => new AddressLookup(await secrets.regionKey('lookup')),
    },
    wire(SignUp, Runtime, PasswordHasher, AddressLookup),
    wire(VerifyPassword, Runtime, PasswordHasher),
    wire(SignIn, Runtime, AddressLookup, PasswordHasher, VerifyPassword),
    wire(ResolveSession, Runtime),
    wire(ProfileDesk, Runtime),
  ],
})
export class IdentityModule {}
