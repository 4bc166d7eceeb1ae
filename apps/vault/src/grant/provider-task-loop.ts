import { RelayLoop } from '@millrace/messaging';
import { type Database } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { type Claim, claimDueTasks } from '../provider/task-claims.js';
import { type GrantEnder } from './grant-ender.js';
import { type TokenRenewer } from './token-renewer.js';

/** Done at once; a provider's answer takes a fraction of a second. */
const AT_ONCE = 8;

/** Does what falls due at providers, whatever it is. */
export class ProviderTaskLoop {
  private readonly loop: RelayLoop;
  private readonly work: Readonly<Record<Claim['kind'], (claim: Claim) => Promise<unknown>>>;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    renewer: TokenRenewer,
    ender: GrantEnder,
  ) {
    this.work = { renew: (claim) => renewer.renew(claim), revoke: (claim) => ender.end(claim) };
    this.loop = new RelayLoop(
      () => this.pass(),
      () => runtime.log.error('what is due at providers is not done'),
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Does what is due; answers whether there may be more. */
  private async pass(): Promise<boolean> {
    const now = this.runtime.clock.now();
    const claims = await this.database.region({ kind: 'service' }, (tx) => claimDueTasks(tx, now, AT_ONCE));
    await Promise.all(claims.map((claim) => this.work[claim.kind](claim)));
    return claims.length === AT_ONCE;
  }
}
