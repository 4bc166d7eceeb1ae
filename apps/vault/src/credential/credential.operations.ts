import { type Input, leaseCredential } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { LeaseCredential } from './lease-credential.js';

@Controller()
export class CredentialOperations {
  constructor(private readonly leaseOne: LeaseCredential) {}

  @Handles(leaseCredential)
  lease(input: Input<typeof leaseCredential>, call: Call) {
    return this.leaseOne.execute(input, call);
  }
}
