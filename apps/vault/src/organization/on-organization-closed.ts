import { type EventData, organizationClosed } from '@millrace/contracts';
import { type HeardEvent, Hears } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import { closeOrganization } from './closed-organization.js';

@Controller()
export class OnOrganizationClosed {
  constructor(private readonly runtime: Runtime) {}

  @Hears(organizationClosed)
  on({ orgId }: EventData<typeof organizationClosed>, { tx }: HeardEvent) {
    return closeOrganization(tx, orgId, this.runtime);
  }
}
