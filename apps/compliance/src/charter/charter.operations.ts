import { type Charter, pageMarkdown, policyPage } from '@millrace/charter';
import { type Input, type Output, readCharter } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';

@Controller()
export class CharterOperations {
  /** Rendering takes milliseconds; a charter never changes, so its page is made once. */
  private readonly policies = new Map<string, string>();

  constructor(private readonly runtime: Runtime) {}

  @Handles(readCharter)
  async read(_input: Input<typeof readCharter>, _call: Call): Promise<Output<typeof readCharter>> {
    const { charter } = this.runtime;
    const { name, version, digest, effectiveAt } = charter;
    return { charter: name, version, digest, effectiveAt: effectiveAt.toISOString(), policy: this.policyOf(charter) };
  }

  private policyOf(charter: Charter): string {
    const policy = this.policies.get(charter.digest) ?? pageMarkdown(policyPage(charter));
    this.policies.set(charter.digest, policy);
    return policy;
  }
}
