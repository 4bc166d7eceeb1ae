import {
  eraseFrozen,
  eraseMe,
  exportBundle,
  exportMe,
  exportRest,
  type Input,
  listCases,
  type Output,
  readCase,
  signBundle,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { CaseRegister } from './case-register.js';
import { ExportHoldings } from './export-holdings.js';
import { RequestErasure } from './request-erasure.js';
import { SignBundle } from './sign-bundle.js';

@Controller()
export class RightsOperations {
  constructor(
    private readonly exporter: ExportHoldings,
    private readonly erasure: RequestErasure,
    private readonly register: CaseRegister,
    private readonly signer: SignBundle,
  ) {}

  @Handles(listCases)
  list(input: Input<typeof listCases>, call: Call) {
    return this.register.list(input, call);
  }

  @Handles(readCase)
  read({ caseId }: Input<typeof readCase>, call: Call) {
    return this.register.read(caseId, call);
  }

  @Handles(exportMe)
  export(_input: Input<typeof exportMe>, call: Call): Promise<Output<typeof exportMe>> {
    return this.exporter.execute(call);
  }

  @Handles(exportRest)
  exportRest({ next }: Input<typeof exportRest>, call: Call): Promise<Output<typeof exportRest>> {
    return this.exporter.goOn(next, call);
  }

  @Handles(exportBundle)
  exportBundle(_input: Input<typeof exportBundle>, call: Call): Promise<Output<typeof exportBundle>> {
    return this.exporter.bundle(call);
  }

  @Handles(signBundle)
  async signBundle(input: Input<typeof signBundle>, call: Call): Promise<Output<typeof signBundle>> {
    return { note: await this.signer.execute(input, call) };
  }

  @Handles(eraseMe)
  erase(input: Input<typeof eraseMe>, call: Call): Promise<Output<typeof eraseMe>> {
    return this.erasure.execute(input, call);
  }

  @Handles(eraseFrozen)
  eraseFrozen({ userId }: Input<typeof eraseFrozen>, call: Call): Promise<Output<typeof eraseFrozen>> {
    return this.erasure.ofFrozen(userId, call);
  }
}
