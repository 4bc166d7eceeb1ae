/** Tells the relays that something was committed which waits to be sent, so that nothing waits for their next poll. */
export class Commits {
  private readonly listeners = new Set<() => void>();

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Handlers of operations need not call it; whoever commits outside of one does, after the commit. */
  announce(): void {
    for (const listener of this.listeners) listener();
  }
}
