import {
  beginProviderSignIn,
  claimDomain,
  dropDomain,
  finishProviderSignIn,
  identityProblems,
  type Input,
  readProvider,
  readProviderKeys,
  removeProvider,
  setProvider,
  verifyDomain,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import { ClientKeys } from './client-keys.js';
import { DomainDesk } from './domain-desk.js';
import { ProviderDesk } from './provider-desk.js';
import { ProviderSignIn } from './provider-sign-in.js';

@Controller()
export class ProviderOperations {
  constructor(
    private readonly runtime: Runtime,
    private readonly desk: ProviderDesk,
    private readonly domains: DomainDesk,
    private readonly signIn: ProviderSignIn,
    private readonly keys: ClientKeys,
  ) {}

  @Handles(readProvider)
  read(_input: Input<typeof readProvider>, call: Call) {
    this.assertAllowed();
    return this.desk.read(call);
  }

  @Handles(setProvider)
  set(input: Input<typeof setProvider>, call: Call) {
    this.assertAllowed();
    return this.desk.set(input, call);
  }

  @Handles(removeProvider)
  async remove(_input: Input<typeof removeProvider>, call: Call) {
    this.assertAllowed();
    await this.desk.remove(call);
    return {};
  }

  @Handles(claimDomain)
  claim(input: Input<typeof claimDomain>, call: Call) {
    this.assertAllowed();
    return this.domains.claim(input, call);
  }

  @Handles(verifyDomain)
  verify({ domain }: Input<typeof verifyDomain>, call: Call) {
    this.assertAllowed();
    return this.domains.verify(domain, call);
  }

  @Handles(dropDomain)
  async drop({ domain }: Input<typeof dropDomain>, call: Call) {
    this.assertAllowed();
    await this.domains.drop(domain, call);
    return {};
  }

  @Handles(beginProviderSignIn)
  begin(input: Input<typeof beginProviderSignIn>, call: Call) {
    this.assertAllowed();
    return this.signIn.begin(input, call);
  }

  @Handles(finishProviderSignIn)
  finish(input: Input<typeof finishProviderSignIn>, call: Call) {
    this.assertAllowed();
    return this.signIn.finish(input, call);
  }

  @Handles(readProviderKeys)
  async readKeys({ orgId }: Input<typeof readProviderKeys>) {
    this.assertAllowed();
    return { keys: [this.keys.publicJwk(orgId)] };
  }

  /** @throws Problem `identity.no-provider` where the charter keeps identity providers from organizations */
  private assertAllowed(): void {
    if (!this.runtime.charter.isOn('organization-providers')) throw new Problem(identityProblems.noProvider);
  }
}
